// What is wrong with options: the whole sentence, and the step that it is about.
import { BuildError } from "heddle";
import { describe, expect, test } from "vitest";
import { checkOptions, readLimits } from "../../src/plan/limits.ts";
import { loose, thrownBy } from "../support/loose.ts";

const fn = () => 1;
const stateful = loose("inner").state({ hits: 0, names: [] }).then("i", fn).build();
const stateless = loose("stateless").then("i", fn).build();

test.each<[() => unknown, string, string | undefined]>([
  [() => loose().then("a", fn, 5), 'Expected the options of step "a" to be an object, got 5', "a"],
  [() => loose().then("a", fn, null), 'Expected the options of step "a" to be an object, got null', "a"],
  [() => loose().then("a", fn, []), 'Expected the options of step "a" to be an object, got an array of 0', "a"],
  [() => loose().branch("a", fn, fn, fn), 'Expected the arms of step "a" to be an object, got the function fn', "a"],
  [
    () => loose().then("a", [stateless]),
    'Expected step "a" to run a function, an agent, a team, a step() value or a plan, got an array of 1',
    "a",
  ],
  [() => loose().then("a", fn, { timeout: 0 }), 'Expected timeout of step "a" to be ms above 0, got 0', "a"],
  [() => loose().then("a", fn, { timeout: "5" }), 'Expected timeout of step "a" to be ms above 0, got "5"', "a"],
  [() => loose().then("a", fn, { retries: -1 }), 'Expected retries of step "a" to be a whole number from 0 up, got -1', "a"],
  [() => loose().then("a", fn, { retries: {} }), 'Expected retries.max of step "a" to be a whole number from 0 up, got undefined', "a"],
  [
    () => loose().then("a", fn, { retries: { max: 1, initail: 5 } }),
    'Expected the retry policy of step "a" to be among max, initial, factor, cap, jitter, when, got "initail": did you mean "initial"?',
    "a",
  ],
  [
    () => loose().then("a", fn, { retries: { max: 1, factor: 0.5 } }),
    'Expected retries.factor of step "a" to be a finite number from 1 up, got 0.5',
    "a",
  ],
  [
    () => loose().then("a", fn, { retries: { max: 1, cap: "1" } }),
    'Expected retries.cap of step "a" to be a finite number from 0 up, got "1"',
    "a",
  ],
  [
    () => loose().then("a", fn, { retries: { max: 1, jitter: "some" } }),
    'Expected retries.jitter of step "a" to be "full" or "none", got "some"',
    "a",
  ],
  [() => loose().then("a", fn, { retries: { max: 1, when: 5 } }), 'Expected retries.when of step "a" to be a function, got 5', "a"],
  [
    () => loose().map("a", () => [], fn, { concurrency: 0 }),
    'Expected concurrency of step "a" to be a whole number from 1 up, or Infinity, got 0',
    "a",
  ],
  [() => loose().use(stateful, { state: 5 }), 'Expected the "state" of workflow "inner" to be an object, got 5', "inner"],
  [() => loose().use(stateful, { state: null }), 'Expected the "state" of workflow "inner" to be an object, got null', "inner"],
  [
    () => loose().use(stateful, { state: { hit: 1 } }),
    'Expected the "state" of workflow "inner" to have keys that .state(initial) declares, got "hit": did you mean "hits"?',
    "inner",
  ],
  [
    () => loose().use(stateful, { state: { unlike: 1 } }),
    'Expected the "state" of workflow "inner" to have keys that .state(initial) declares, got "unlike"',
    "inner",
  ],
  [
    () => loose().use(stateless, { state: { a: 1 } }),
    'Expected no "state" for workflow "stateless", got an object with a: it declares none; call .state(initial) before its first step',
    "stateless",
  ],
])("%#: %s", (call, message, step) => {
  const thrown = thrownBy(call);
  expect(thrown).toBeInstanceOf(BuildError);
  expect(thrown).toMatchObject({ message, step });
});

describe("a BuildError", () => {
  test("has its parts, and is told from what only looks like one", () => {
    const thrown = thrownBy(() => loose().then("a", fn, { timeout: 0 })) as BuildError;
    expect(thrown).toMatchObject({ name: "BuildError", step: "a", expected: 'timeout of step "a" to be ms above 0', got: "0" });
    expect(thrown).toBeInstanceOf(Error);
    for (const other of [null, undefined, "text", new Error("no"), { name: "BuildError", step: "a" }])
      expect(other instanceof BuildError).toBe(false);
    expect(
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error("no asking");
          },
        },
      ) instanceof BuildError,
    ).toBe(false);
  });

  test("without advice ends with what came", () => {
    expect(new BuildError("a name", 5).message).toBe("Expected a name, got 5");
    expect(new BuildError("a name", 5, { advice: "choose one" }).message).toBe("Expected a name, got 5: choose one");
  });
});

describe("options", () => {
  test("none are none, and names that are near nothing come without a guess", () => {
    expect(checkOptions(undefined, ["a"], "s")).toEqual({});
    expect(thrownBy(() => checkOptions({ zzzzzz: 1 }, ["timeout", "retries"], undefined))).toMatchObject({
      message: 'Expected the options to be among timeout, retries, got "zzzzzz"',
      step: undefined,
    });
  });

  test("limits: what is not said is as before, in parts too", () => {
    const before = readLimits({ timeout: 5, retries: 2 }, "s");
    expect(before).toEqual({ timeout: 5, retry: { max: 2, initial: 500, factor: 2, cap: 30_000, jitter: "full", when: undefined } });
    expect(readLimits({}, "s", before)).toBe(before);
    expect(readLimits({ timeout: 9 }, "s", before)).toEqual({ timeout: 9, retry: before.retry });
    expect(readLimits({ retries: 0 }, "s", before)).toMatchObject({ timeout: 5, retry: { max: 0 } });
    expect(Object.isFrozen(before)).toBe(true);
  });

  test("a policy's bounds: just what they allow", () => {
    const when = () => true;
    const policy = { max: 0, initial: 0, factor: 1, cap: 0, jitter: "none", when };
    expect(readLimits({ retries: policy }, "s").retry).toEqual(policy);
    expect(readLimits({ timeout: Number.POSITIVE_INFINITY }, "s").timeout).toBe(Number.POSITIVE_INFINITY);
  });
});

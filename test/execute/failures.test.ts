// Every kind of failure in its own words, and what the signals of those who are aborted give as a reason.
import { agent, step } from "heddle";
import { err, ok } from "neverthrow";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { failed } from "../support/failed.ts";
import { loose } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const fn = () => 1;
const boom = () => {
  throw new Error("broken");
};
const throws = (thrown: unknown) => () => {
  throw thrown;
};
const asks = { flow: (b: any) => b.waitFor("ok", z.string()) };
const putsOne = ({ set }: any) => set({ k: 1 });
/** A schema whose validator does what it should not. */
const foreign = (validate: (value: unknown) => unknown) => ({ "~standard": { version: 1, vendor: "foreign", validate } });
const neither = "Expected the input to fit its schema: Expected the validator to give a value or issues, got neither";

const failures: readonly (readonly [chain: any, options: object, type: string, message: string])[] = [
  [loose().then("a", boom), {}, "step_failed", 'Step "a" failed: broken'],
  [loose().then("a", throws(undefined)), {}, "step_failed", 'Step "a" failed: it threw undefined, which says nothing of why'],
  [loose().then("a", throws(null)), {}, "step_failed", 'Step "a" failed: it threw null, which says nothing of why'],
  [loose().then("a", throws("")), {}, "step_failed", 'Step "a" failed: it threw "", which says nothing of why'],
  [loose().then("a", () => err("no")), {}, "step_failed", 'Step "a" failed: "no"'],
  [
    loose().then("a", () => new Promise(() => {}), { timeout: 5 }),
    { grace: 0 },
    "step_timed_out",
    'Step "a" took longer than its timeout of 5 ms',
  ],
  [loose().branch("b", boom, { yes: fn }), {}, "step_failed", 'The condition of step "b" failed: broken'],
  [loose().route("r", boom, { a: fn }), {}, "step_failed", 'The selector of step "r" failed: broken'],
  [loose().loop("l", fn, { until: boom }), {}, "step_failed", '"until" of step "l" failed: broken'],
  [loose().map("m", boom, fn), {}, "step_failed", '"items" of step "m" failed: broken'],
  [loose().sleep("s", boom), {}, "step_failed", 'The duration of step "s" failed: broken'],
  [loose().waitFor("w", z.string(), { show: boom }), {}, "step_failed", '"show" of step "w" failed: broken'],
  [loose().then("a", step("a", fn), { input: boom }), {}, "step_failed", 'The "input" of step "a" failed: broken'],
  [loose().then("a", loose("inner").then("b", fn).build(), { input: boom }), {}, "step_failed", 'The "input" of step "a" failed: broken'],
  [
    loose().routeBy("r", "kind", { a: fn }),
    { input: null },
    "step_failed",
    expect.stringMatching(/^The discriminant of step "r" failed: /),
  ],
  [
    loose().then("a", boom, { retries: { max: 1, when: async () => true } }),
    {},
    "step_failed",
    '"retries.when" of step "a" threw: Step "a" failed: Expected "retries.when" to give true or false, got an instance of Promise',
  ],
  [
    loose().then("a", loose("inner").state({ k: 0 }).then("b", fn).build(), { state: boom }),
    {},
    "step_failed",
    'The "state" of step "a" failed: broken',
  ],
  [loose().then("a", agent({ model: "gpt-4o" }), { input: boom }), {}, "step_failed", 'The "input" of step "a" failed: broken'],
  [
    loose().branch("b", () => 1, { yes: fn }),
    {},
    "step_failed",
    'Expected the condition to give true or false: the one of step "b", got 1',
  ],
  [
    loose().routeAll("r", () => "a", { a: fn }),
    {},
    "step_failed",
    'Expected the selector to give an array of keys: that of step "r", got "a"',
  ],
  [
    loose().map("m", () => ({ [Symbol.asyncIterator]: () => ({ next: async () => undefined }) }), fn),
    {},
    "step_failed",
    expect.stringMatching(/^"items" of step "m" failed: /),
  ],
  [loose().route("r", () => "z", {}), {}, "no_route", 'Expected the selector of step "r" to give a key, but the step has no arms, got "z"'],
  [loose().route("r", () => "z", { a: fn, b: fn }), {}, "no_route", 'Expected the selector of step "r" to give one of "a", "b", got "z"'],
  [
    loose().loop("l", fn, { until: () => false, max: 2, onLimit: "fail" }),
    {},
    "loop_limit",
    'Loop "l" reached its limit of 2 turns with its condition unmet',
  ],
  [
    loose().input(z.number()).then("a", fn),
    {},
    "invalid_input",
    "Expected the input to fit its schema: Invalid input: expected number, received string",
  ],
  [
    loose()
      .input(z.object({ who: z.string(), when: z.number() }))
      .then("a", fn),
    { input: {} },
    "invalid_input",
    "Expected the input to fit its schema: at who: Invalid input: expected string, received undefined; at when: Invalid input: expected number, received undefined",
  ],
  [
    loose()
      .input(foreign(() => ({ issues: [] })))
      .then("a", fn),
    {},
    "invalid_input",
    neither,
  ],
  [
    loose()
      .input(foreign(() => ({ issues: "all wrong" })))
      .then("a", fn),
    {},
    "invalid_input",
    neither,
  ],
  [
    loose()
      .input(foreign(() => ({ issues: [{ message: { told: 1 } }] })))
      .then("a", fn),
    {},
    "invalid_input",
    "Expected the input to fit its schema: an object with told",
  ],
  [
    loose()
      .input(foreign(() => undefined))
      .then("a", fn),
    {},
    "invalid_input",
    expect.stringMatching(/^Expected the input to fit its schema: Expected the validator to answer, got an error: /),
  ],
  [
    loose().input(foreign(boom)).then("a", fn),
    {},
    "invalid_input",
    "Expected the input to fit its schema: Expected the validator to answer, got an error: broken",
  ],
  [
    loose().then("a", () => ok(1), { output: z.string() }),
    {},
    "invalid_output",
    'Step "a": Expected the output to fit its schema: Invalid input: expected string, received number',
  ],
  [loose().then("a", () => err("no"), { output: z.string() }), {}, "step_failed", 'Step "a" failed: "no"'],
  [
    loose().state({ k: 0 }).parallel("p", { a: putsOne, b: putsOne }),
    {},
    "state_conflict",
    'Two concurrent arms of step "p" wrote the state key "k": declare how they merge, with .state(initial, { merge: { k: (joined, arm, base) => … } })',
  ],
  [
    loose().then("a", fn, { output: z.string() }),
    {},
    "invalid_output",
    'Step "a": Expected the output to fit its schema: Invalid input: expected string, received number',
  ],
  [loose().sleep("s", 50), { timeout: 5 }, "run_timed_out", "The run took longer than its timeout of 5 ms"],
  [loose().sleep("s", 50), { signal: AbortSignal.abort("enough") }, "cancelled", 'The run was cancelled: "enough"'],
  [loose().sleep("s", 50), { signal: AbortSignal.abort() }, "cancelled", "The run was cancelled"],
  [loose().parallel("p", { a: asks }), {}, "suspended", 'The run waits for an answer to step "ok"'],
  [
    loose().parallel("p", { a: asks, b: { flow: (b: any) => b.waitFor("two", z.string()).then("end", fn) } }),
    {},
    "suspended",
    'The run waits for an answer to step "ok" and 1 more',
  ],
];

test.each(failures.map(([chain, options, type, message]) => ({ chain, options, type, message })))(
  "$type: $message",
  async ({ chain, options, type, message }) => {
    expect(await failed(chain, options)).toMatchObject({ type, message });
  },
);

test("a returned Ok is checked by what it holds, and handed on without its wrapping", async () => {
  const plan = loose()
    .then("a", () => ok("fine"), { output: z.string() })
    .build();
  expect((await plan.run("in"))._unsafeUnwrap().output).toBe("fine");
});

describe("a map's source", () => {
  test("that fails while it is closed, since an item has failed, has its failure beside the item's", async () => {
    let asked = 0;
    const source = {
      next: () => (++asked === 1 ? Promise.resolve({ value: 1 }) : new Promise(() => {})),
      return: async () => {
        throw new Error("not closed");
      },
    };
    const items = () => ({ [Symbol.asyncIterator]: () => source });
    const failure = await failed(loose().map("m", items, { flow: (b: any) => b.sleep("nap", 5).then("x", boom) }), { grace: 10 });
    expect(failure).toMatchObject({ path: "m[0]/x", suppressed: [{ path: "m", cause: { message: "not closed" } }] });
  });

  test.each<[string, (reason: unknown) => unknown, number]>([
    ["with the reason itself has not failed", (reason) => reason, 0],
    ["with an error of its own has", () => new Error("broken"), 1],
  ])("that answers a cancel %s", async (_, answer, suppressed) => {
    const clock = new VirtualClock();
    async function* items({ signal }: any) {
      yield 1;
      await new Promise((__, reject) => signal.addEventListener("abort", () => reject(answer(signal.reason))));
    }
    const handle = loose().map("m", items, fn).build().start("in", { clock });
    await clock.advance(5);
    handle.cancel("enough");
    const failure = (await clock.until<any>(handle.result))._unsafeUnwrapErr();
    expect([failure.type, failure.suppressed.length]).toEqual(["cancelled", suppressed]);
  });
});

test("what only resembles a Result is a value like any other", async () => {
  const methods = { isOk: () => false, isErr: () => true, _unsafeUnwrap: () => 1 };
  for (const missing of Object.keys(methods)) {
    const { [missing as keyof typeof methods]: _, ...value } = methods;
    const run = (
      await loose()
        .then("a", () => value)
        .build()
        .run("in")
    )._unsafeUnwrap();
    expect(run.output).toBe(value);
  }
  expect((await failed(loose().then("a", () => ({ ...methods, error: "no" })))).cause).toBe("no");
});

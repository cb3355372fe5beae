// The options of a run: what is wrong with them is said before anything runs, and what they default to.
import { BuildError } from "heddle";
import { expect, test } from "vitest";
import { readSettings } from "../../src/execute/run/settings.ts";
import type { Definition } from "../../src/plan/node.ts";
import { loose, thrownBy } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

let ran = 0;
const plan = loose()
  .then("a", () => ran++)
  .build();
const definition: Definition = { name: "w", root: [], input: undefined, output: undefined, state: undefined };
const clock = new VirtualClock();

test.each<[object, string]>([
  [[], "Expected the run's options to be an object, got an array of 0"],
  [{ signal: {} }, 'Expected the run option "signal" to be an AbortSignal, got {}'],
  [{ signal: null }, 'Expected the run option "signal" to be an AbortSignal, got null'],
  [{ signal: "stop" }, 'Expected the run option "signal" to be an AbortSignal, got "stop"'],
  [{ signal: { aborted: false } }, 'Expected the run option "signal" to be an AbortSignal, got an object with aborted'],
  [{ signal: new EventTarget() }, 'Expected the run option "signal" to be an AbortSignal, got an instance of EventTarget'],
  [{ grace: -1 }, 'Expected the run option "grace" to be ms from 0 up, got -1'],
  [{ grace: "5" }, 'Expected the run option "grace" to be ms from 0 up, got "5"'],
  [{ timeout: 0 }, "Expected timeout to be ms above 0, got 0"],
  [{ concurrency: 0 }, "Expected concurrency to be a whole number from 1 up, or Infinity, got 0"],
  [{ tape: {} }, 'Expected the run option "tape" to have play(), got {}: make one with cassette() of heddle/testing'],
  [{ tape: null }, 'Expected the run option "tape" to have play(), got null: make one with cassette() of heddle/testing'],
  [
    { tape: { play: true } },
    'Expected the run option "tape" to have play(), got an object with play: make one with cassette() of heddle/testing',
  ],
  [{ journal: {} }, 'Expected the run option "journal" to be a journal, got {}: make one with sqliteJournal() of heddle/sqlite'],
  [{ journal: null }, 'Expected the run option "journal" to be a journal, got null: make one with sqliteJournal() of heddle/sqlite'],
  [{ random: 0.5 }, 'Expected the run option "random" to be a function, got 0.5'],
  [{ runId: 5 }, 'Expected the run option "runId" to be well-formed text of 1 to 200 characters, got 5'],
  [{ runId: "" }, 'Expected the run option "runId" to be well-formed text of 1 to 200 characters, got ""'],
  [{ runId: "\uD800" }, 'Expected the run option "runId" to be well-formed text of 1 to 200 characters, got "\\ud800"'],
  [{ observe: 5 }, 'Expected the run option "observe" to be a function or an array of functions, got 5'],
  [{ observe: [() => {}, 5] }, 'Expected the run option "observe" to be a function or an array of functions, got 5'],
  [{ trace: "some" }, 'Expected the run option "trace" to be "auto" or "all", got "some"'],
  [{ clock: null }, 'Expected the run option "clock" to have now(), date() and timer(), got one without now()'],
  [{ clock: { now: () => 0 } }, 'Expected the run option "clock" to have now(), date() and timer(), got one without date()'],
  [
    { clock: { now: () => 0, date: () => 0 } },
    'Expected the run option "clock" to have now(), date() and timer(), got one without timer()',
  ],
  [{ budget: 5 }, 'Expected the run option "budget" to be an object, got 5'],
  [{ budget: { calls: 5 } }, 'Expected the run option "budget" to be among tokens, cost, modelCalls, got "calls"'],
  [{ budget: { tokens: -1 } }, 'Expected "tokens" of the run option "budget" to be a number from 0 up, got -1'],
  [{ budget: { modelCalls: "5" } }, 'Expected "modelCalls" of the run option "budget" to be a number from 0 up, got "5"'],
  [{ budget: { tokens: Number.NaN } }, 'Expected "tokens" of the run option "budget" to be a number from 0 up, got NaN'],
  [{ budget: { cost: 1 } }, 'Expected the run option "prices" beside a budget of cost, got undefined: say what each model costs'],
  [{ prices: null }, 'Expected the run option "prices" to hold prices by model, got null'],
  [{ prices: "cheap" }, 'Expected the run option "prices" to hold prices by model, got "cheap"'],
  [{ prices: { m: { input: 1 } } }, 'Expected the price of model "m" to have "input" and "output", got an object with input'],
  [{ prices: { m: { output: 1 } } }, 'Expected the price of model "m" to have "input" and "output", got an object with output'],
  [
    { prices: { m: { input: 1, output: Number.POSITIVE_INFINITY } } },
    'Expected "output" of the price of model "m" to be a number from 0 up, got Infinity',
  ],
  [
    { state: { a: 1 } },
    'Expected no "state" for workflow "w", got an object with a: it declares none; call .state(initial) before its first step',
  ],
])("%j: %s", (options, message) => {
  for (const call of [() => plan.run("x", options), () => plan.start("x", options)]) {
    const thrown = thrownBy(call);
    expect(thrown).toBeInstanceOf(BuildError);
    expect(thrown).toMatchObject({ message, step: undefined });
  }
  expect(ran).toBe(0);
});

test("a misspelt option: those that there are, and the one that may be meant", () => {
  expect(thrownBy(() => plan.run("x", { timout: 5 }))).toMatchObject({
    message: expect.stringMatching(
      /^Expected the run's options to be among signal, state, timeout, .*, got "timout": did you mean "timeout"\?$/,
    ),
  });
});

test("a runId of 200 characters is one, of 201 is none", () => {
  expect(readSettings({ runId: "r".repeat(200) }, definition).runId).toHaveLength(200);
  expect(thrownBy(() => readSettings({ runId: "r".repeat(201) }, definition))).toBeInstanceOf(BuildError);
});

test("what is not said: 16 at once, a second of grace, no limit of time, real time and chance", () => {
  const defaults = {
    concurrency: 16,
    grace: 1_000,
    timeout: undefined,
    runId: undefined,
    signal: undefined,
    state: undefined,
    listeners: [],
    traceAll: false,
    random: Math.random,
    tape: undefined,
  };
  expect(readSettings(undefined, definition)).toMatchObject(defaults);
  expect(readSettings({}, definition)).toMatchObject(defaults);
});

test("what is said is taken, at its bounds too", () => {
  const { signal } = new AbortController();
  const random = () => 0.5;
  const [one, two] = [() => {}, () => {}];
  expect(
    readSettings({ signal, random, grace: 0, timeout: 0.5, concurrency: 1, runId: "r", trace: "all", clock, observe: one }, definition),
  ).toMatchObject({ signal, random, grace: 0, timeout: 0.5, concurrency: 1, runId: "r", traceAll: true, clock, listeners: [one] });
  expect(readSettings({ observe: [one, two], trace: "auto" }, definition)).toMatchObject({ listeners: [one, two], traceAll: false });
});

test("a budget and prices are taken as they are at the call, each part where it is said", () => {
  const budget = { tokens: Number.POSITIVE_INFINITY, modelCalls: 0, cost: undefined as number | undefined };
  const given = {
    a: { input: 0, output: Number.MAX_VALUE },
    b: { input: 2, cachedInput: 1, output: 4 },
    c: { input: 1, cachedInput: undefined, output: 1 },
  };
  const settings = readSettings({ budget, prices: given } as never, definition);
  budget.cost = 5;
  given.b.output = 100;
  expect(settings.budget).toEqual({ tokens: Number.POSITIVE_INFINITY, modelCalls: 0 });
  expect([...(settings.prices ?? [])]).toStrictEqual([
    ["a", { input: 0, output: Number.MAX_VALUE }],
    ["b", { input: 2, cachedInput: 1, output: 4 }],
    ["c", { input: 1, output: 1 }],
  ]);
});

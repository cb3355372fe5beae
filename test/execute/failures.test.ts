// Every kind of failure in its own words, and what the signals of those who are aborted give as a reason.
import { step } from "heddle";
import { err } from "neverthrow";
import { expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

async function failed(chain: any, options: object = {}): Promise<any> {
  const clock = new VirtualClock();
  return (await clock.until<any>(chain.build().run("in", { clock, ...options })))._unsafeUnwrapErr();
}
const fn = () => 1;
const boom = () => {
  throw new Error("broken");
};
const throws = (thrown: unknown) => () => {
  throw thrown;
};
const asks = { flow: (b: any) => b.waitFor("ok", z.string()) };

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

test("the reasons of signals: a step's own time, the run's, a sibling's failure", async () => {
  const reasons: any[] = [];
  const hears = ({ signal }: any) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        reasons.push(signal.reason);
        reject(signal.reason);
      });
    });
  await failed(loose().then("a", hears, { timeout: 5 }));
  await failed(loose().then("a", hears), { timeout: 7 });
  const failure = await failed(loose().parallel("p", { a: hears, b: boom }));
  await failed(loose().parallel("p", { a: hears, b: { flow: (b: any) => b.sleep("nap", 1).then("c", boom) } }));
  expect(reasons.map(({ name, message }) => [name, message])).toEqual([
    ["TimeoutError", "Step a took longer than 5 ms"],
    ["TimeoutError", "The run took longer than its timeout of 7 ms"],
    ["AbortError", "Aborted, since p/b failed"],
    ["AbortError", "Aborted, since p/b/c failed"],
  ]);
  expect(reasons[2].cause).toMatchObject({ type: "step_failed", path: "p/b", cause: failure.cause });
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

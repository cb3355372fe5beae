import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

async function slept(duration: unknown, options: object = {}) {
  const clock = new VirtualClock();
  const plan = loose()
    .then("before", () => "kept")
    .sleep("nap", duration)
    .build();
  const result: any = await clock.until(plan.run("in", { clock, ...options }));
  return { clock, result, ms: clock.now() };
}

describe("a sleep lasts", () => {
  const date = new VirtualClock().date();
  test.each<[string, unknown, number]>([
    ["so many ms", 1_500, 1_500],
    ["what a function of the context says", ({ last }: any) => last.length * 100, 400],
    ["what a promise of one says", async () => 700, 700],
    ["until a date", () => new Date(date + 2_500), 2_500],
    ["no time until one that is past", () => new Date(date - 2_500), 0],
    ["no time", 0, 0],
  ])("%s", async (_, duration, expected) => {
    const { result, ms } = await slept(duration);
    const run = result._unsafeUnwrap();
    expect([run.output, ms, run.durationMs]).toEqual(["kept", expected, expected]);
    expect(run.record("nap")).toMatchObject({ path: "nap", kind: "sleep", status: "completed", attempts: 1, durationMs: expected });
  });
});

test.each<[unknown, string]>([
  [-1, "-1"],
  [Number.NaN, "NaN"],
  ["1000", '"1000"'],
  [undefined, "undefined"],
  [null, "null"],
  [new Date(Number.NaN), "an instance of Date"],
])("a duration of %s is the step's failure, and says so", async (given, shown) => {
  const { result, ms } = await slept(() => given);
  expect(result._unsafeUnwrapErr()).toMatchObject({
    type: "step_failed",
    step: "nap",
    path: "nap",
    attempts: 1,
    message: `Expected the duration to be ms from 0 up or a valid Date: that of step "nap", got ${shown}`,
    cause: expect.any(TypeError),
  });
  expect(ms).toBe(0);
});

test("a retry is not begun that would outlive the run, whatever time it is", async () => {
  const clock = new VirtualClock();
  let calls = 0;
  const retries = { max: 3, initial: 40, factor: 1, jitter: "none" };
  const plan = loose()
    .sleep("first", 50)
    .then("fails", () => Promise.reject(new Error(`no ${++calls}`)), { retries })
    .build();
  const failure: any = (await clock.until<any>(plan.run("in", { clock, timeout: 100 })))._unsafeUnwrapErr();
  expect(failure).toMatchObject({
    type: "step_failed",
    attempts: 2,
    message: expect.stringMatching(/no 2; not tried again: the next attempt would begin after 0 s, and the run has 0 s left$/),
  });
  expect([calls, clock.now()]).toEqual([2, 90]);
});

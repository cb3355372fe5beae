// Timeouts. The journal's half of TO02 is in test/durable/replayed-failures.test.ts.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { memoryJournal } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { deferred, sleep, unhandledIn, untilAborted } from "../support/promises.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const terminal = (types: readonly string[]) => types.filter((type) => /^(run|step)\.(completed|failed)$/.test(type));
const watch = () => {
  const types: string[] = [];
  return { types, observe: ({ type }: any) => void types.push(type) };
};

test("TO01 a step that keeps to its signal: step_timed_out at its time, with a reason that says so", async () => {
  const clock = new VirtualClock();
  let reason: any;
  const result = loose()
    .then(
      "a",
      async ({ signal }: any) => {
        try {
          await clock.wait(5_000, signal);
        } catch (error) {
          reason = error;
          throw error;
        }
      },
      { timeout: 100 },
    )
    .build()
    .run("", { clock });
  const failure = ((await clock.until(result)) as any)._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_timed_out", timeout: 100, path: "a", attempts: 1 });
  expect([clock.now(), reason.name, clock.pending]).toEqual([100, "TimeoutError", 0]);
  expect(reason.message).toContain("100 ms");
});

test.each([
  ["resolves", true],
  ["rejects", false],
])("TO02 TO03 a step that ignores its signal and %s late reaches nobody", async (_, good) => {
  const clock = new VirtualClock();
  const late = deferred<string>();
  const { types, observe } = watch();
  const unhandled = await unhandledIn(async () => {
    const failure = (
      (await clock.until(
        loose()
          .then("a", () => late.promise, { timeout: 100 })
          .then("b", () => 1)
          .build()
          .run("", { clock, observe, grace: 50 }),
      )) as any
    )._unsafeUnwrapErr();
    expect([failure.type, clock.now(), failure.steps]).toEqual(["step_timed_out", 150, {}]);
    if (good) late.resolve("late");
    else late.reject(new Error("late"));
    await sleep(5);
  });
  expect([unhandled, terminal(types)]).toEqual([[], ["step.failed", "run.failed"]]);
});

test("TO04 hour-long timeouts leave no timer and do not hold the process", () => {
  const start = fileURLToPath(new URL("../../src/builder/start.ts", import.meta.url));
  const code = `import { workflow } from ${JSON.stringify(start)};
    const hour = 3_600_000;
    const inner = workflow("inner").then("i", () => 1, { timeout: hour }).build();
    const plan = workflow("w").then("a", async () => 1, { timeout: hour }).parallel("p", { x: async () => 1 }, { timeout: hour }).then("sub", inner, { timeout: hour, input: () => "" }).race("r", { q: async () => 1, s: ({ signal }) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason))) }, { timeout: hour }).build();
    await plan.run("", { timeout: hour, grace: hour });
    await plan.run("", { timeout: 2 ** 40 });
    const at = performance.now(); process.on("exit", () => console.log(performance.now() - at < 1_000));
    console.log(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length);`;
  expect(
    execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", timeout: 20_000 }).trim().split("\n"),
  ).toEqual(["0", "true"]);
});

test("TO06 the run's time is over before the step's: run_timed_out, one terminal event each", async () => {
  const clock = new VirtualClock();
  const { types, observe } = watch();
  const failure = (
    (await clock.until(
      loose()
        .then("a", ({ signal }: any) => untilAborted(signal), { timeout: 200 })
        .build()
        .run("", { clock, observe, timeout: 100 }),
    )) as any
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "run_timed_out", timeout: 100, step: "", path: "", suppressed: [] });
  expect([clock.now(), terminal(types)]).toEqual([100, ["step.failed", "run.failed"]]);
});

describe("TO07 the run's time ends it wherever it waits", () => {
  const forever = () => new Promise(() => {});
  test.each([
    [
      "in a pause between attempts",
      loose().then(
        "a",
        () => {
          throw 1;
        },
        { retries: { max: 9, initial: 60, factor: 1, jitter: "none" } },
      ),
      1,
    ],
    ["waiting for a permit", loose().parallel("p", { a: ({ signal }: any) => untilAborted(signal), b: () => 1 }), 1],
    ["in a sleep", loose().sleep("z", 1e9), 1],
    [
      "in a wait for approval, while another arm goes on",
      loose().parallel("p", { w: { flow: (b: any) => b.waitFor("sure", z.boolean()) }, a: ({ signal }: any) => untilAborted(signal) }),
      2,
    ],
    [
      "in a map's source",
      loose().map(
        "m",
        () => ({ [Symbol.asyncIterator]: () => ({ next: forever, return: async () => ({}) }) }),
        () => 1,
      ),
      1,
    ],
  ])("%s", async (_, chain, concurrency) => {
    const clock = new VirtualClock();
    const failure = ((await clock.until(chain.build().run("", { clock, timeout: 100, concurrency, grace: 0 }))) as any)._unsafeUnwrapErr();
    expect(["run_timed_out", "step_failed"]).toContain(failure.type);
    if (failure.type === "step_failed") expect(failure.message).toContain("not tried again");
    else expect(clock.now()).toBe(100);
    expect(clock.pending).toBe(0);
  });

  test.each([false, true])("in a wait that somebody may answer, durable: %s", async (durable) => {
    const clock = new VirtualClock();
    const handle = loose()
      .waitFor("sure", z.boolean())
      .build()
      .start("", { clock, timeout: 60, ...(durable && { journal: memoryJournal() }) });
    await expect.poll(() => handle.waits).toHaveLength(1);
    expect(((await clock.until(handle.result)) as any)._unsafeUnwrapErr()).toMatchObject({ type: "run_timed_out", timeout: 60 });
    expect(clock.now()).toBe(60);
    expect((await handle.answer("sure", true))._unsafeUnwrapErr().reason).toBe("over");
  });
});

test("TO09 a busy loop past its timeout: timed out, one terminal event, no success after it", async () => {
  const { types, observe } = watch();
  const failure = (
    await loose()
      .then(
        "a",
        () => {
          for (const until = performance.now() + 60; performance.now() < until; );
          return "done";
        },
        { timeout: 20 },
      )
      .then("b", () => 1)
      .build()
      .run("", { observe })
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_timed_out", steps: {} });
  await sleep(30);
  expect(terminal(types)).toEqual(["step.failed", "run.failed"]);
});

test("TO09 but time that others took is not the step's: a listener, or whoever blocks before the run begins", async () => {
  const block = (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until; );
  };
  const plan = loose()
    .then("a", () => "quick", { timeout: 20 })
    .build();
  expect(
    (
      await plan.run("", {
        observe: ({ type }: any) => {
          if (type === "step.started") block(40);
        },
      })
    ).isOk(),
  ).toBe(true);
  const handle = plan.start("");
  block(40);
  expect((await handle.result).isOk()).toBe(true);
});

test("TO10 result and timeout in one tick, in both orders: one outcome, one terminal event", async () => {
  for (const order of ["result first", "timeout first"]) {
    for (const good of [true, false]) {
      const clock = new VirtualClock();
      const { types, observe } = watch();
      const gate = deferred<string>();
      const settle = () => (good ? gate.resolve("in time") : gate.reject(new Error("own")));
      if (order === "result first") clock.timer(100, settle);
      const result = loose()
        .then("a", () => gate.promise, { timeout: 100 })
        .build()
        .run("", { clock, observe });
      if (order !== "result first") clock.timer(100, settle);
      const outcome: any = await clock.until(result);
      expect(terminal(types)).toHaveLength(2);
      // Timers of one instant fire in one tick: the attempt's own is always before the promise that the other settles.
      expect(outcome.isErr() && outcome.error.type).toBe("step_timed_out");
      expect(clock.pending).toBe(0);
    }
  }
});

test("TO11 10,000 steps with timeouts leave nothing behind", async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const plan = loose()
    .map(
      "m",
      () => Array(10_000).fill(0),
      async () => null,
      { timeout: 1_000 },
    )
    .build();
  const before = process.getActiveResourcesInfo().length;
  expect((await plan.run("", { signal: controller.signal })).isOk()).toBe(true);
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before + 1);
  expect(
    (
      await loose()
        .loop("l", async () => null, { until: () => false, max: 2_000 })
        .build()
        .run("", { clock, timeout: 5_000 })
    ).isOk(),
  ).toBe(true);
  expect(clock.pending).toBe(0);
});

describe("timeouts of groups and of predicates", () => {
  test("a group's time bounds all of it, and may be caught", async () => {
    const clock = new VirtualClock();
    const plan = loose()
      .parallel("p", { a: ({ signal }: any) => clock.wait(1_000, signal), b: () => "b" }, { timeout: 100 })
      .catch("c", ({ failure, steps }: any) => [failure.type, failure.path, steps.b])
      .build();
    expect(((await clock.until(plan.run("", { clock }))) as any)._unsafeUnwrap().output).toEqual(["step_timed_out", "p", "b"]);
    expect(clock.now()).toBe(100);
  });
  test("a sub-workflow's, per attempt; a map's, per item", async () => {
    const clock = new VirtualClock();
    let calls = 0;
    const inner = loose("inner")
      .then("i", ({ signal }: any) => clock.wait(calls++ === 0 ? 1_000 : 10, signal))
      .then("j", () => "j")
      .build();
    const plan = loose()
      .then("sub", inner, { timeout: 100, retries: { max: 1, initial: 5, jitter: "none" } })
      .map("m", () => [10, 500], { flow: (b: any) => b.then("w", ({ last, signal }: any) => clock.wait(last, signal)) }, { timeout: 100 })
      .build();
    const failure = ((await clock.until(plan.run("", { clock }))) as any)._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_timed_out", path: "m[1]", steps: { sub: { output: "j" } } });
    expect(clock.now()).toBe(100 + 5 + 10 + 100);
  });
  test("a predicate's, with retries", async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const plan = loose()
      .branch(
        "b",
        async (_: unknown, { signal }: any) => {
          if (asked++ === 0) await clock.wait(1_000, signal);
          return true;
        },
        { yes: () => "yes" },
        { timeout: 100, retries: { max: 1, initial: 1, jitter: "none" } },
      )
      .build();
    expect(((await clock.until(plan.run("", { clock }))) as any)._unsafeUnwrap().output).toBe("yes");
    expect(clock.now()).toBe(101);
  });
  test("an attempt that a sibling's failure aborts did not time out, though it cleans up past its time", async () => {
    const clock = new VirtualClock();
    const plan = loose()
      .parallel("p", {
        a: {
          do: ({ signal }: any) =>
            untilAborted(signal).catch(async (reason) => {
              await clock.wait(80);
              throw reason;
            }),
          timeout: 50,
        },
        b: () =>
          clock.wait(10).then(() => {
            throw new Error("b");
          }),
      })
      .build();
    const failure = ((await clock.until(plan.run("", { clock }))) as any)._unsafeUnwrapErr();
    expect([failure.path, failure.suppressed, failure.trace[1].status]).toEqual(["p/b", [], "cancelled"]);
  });
  test("an attempt that timed out before the sibling failed did, and says so", async () => {
    const clock = new VirtualClock();
    const plan = loose()
      .parallel("p", {
        a: {
          do: ({ signal }: any) =>
            untilAborted(signal).catch(async (reason) => {
              await clock.wait(80);
              throw reason;
            }),
          timeout: 50,
        },
        b: () =>
          clock.wait(60).then(() => {
            throw new Error("b");
          }),
      })
      .build();
    const failure = ((await clock.until(plan.run("", { clock }))) as any)._unsafeUnwrapErr();
    expect([failure.path, failure.suppressed.map(({ type, path }: any) => [type, path]), failure.trace[1].status]).toEqual([
      "p/b",
      [["step_timed_out", "p/a"]],
      "failed",
    ]);
  });
});

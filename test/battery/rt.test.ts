// Retry, backoff, jitter. RT05 (several rules with counters of their own) is
// not in the design: one policy, with `when`. RT03's failure hook is the event. RT12, RT13 and the server's half of RT14
// are about a server's Retry-After: the scheduler's part is here through `pause`, the header's in test/model.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { memoryJournal } from "heddle/testing";
import { err } from "neverthrow";
import { describe, expect, test } from "vitest";
import { backoff, pause } from "../../src/execute/schedule/retry.ts";
import { BuildError } from "../../src/plan/build-error.ts";
import type { Retry } from "../../src/plan/limits.ts";
import { loose } from "../support/loose.ts";
import { sleep, unhandledIn, untilAborted } from "../support/promises.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const failing =
  (times: number, calls: unknown[] = []) =>
  ({ attempt }: any) => {
    calls.push(attempt);
    if (calls.length <= times) throw new Error(`no ${calls.length}`);
    return "yes";
  };
const run = async (chain: any, options: any = {}) => {
  const clock = new VirtualClock();
  const result: any = await clock.until(chain.build().run("", { clock, ...options }));
  expect(clock.pending).toBe(0);
  return { clock, result };
};
const exact = { initial: 100, jitter: "none" as const };

test("RT01 fails twice, then succeeds: three calls, attempts 1 to 3, in the trace and the events", async () => {
  const calls: unknown[] = [];
  const events: any[] = [];
  const { result } = await run(loose().then("a", failing(2, calls), { retries: { max: 5, ...exact } }), {
    observe: (event: any) => events.push(event),
  });
  expect(calls).toEqual([1, 2, 3]);
  expect(result._unsafeUnwrap().output).toBe("yes");
  const record = result._unsafeUnwrap().record("a");
  expect(record).toMatchObject({ attempts: 3, status: "completed", durationMs: 300 });
  expect(record.retried.map(({ attempt, failure, delayMs }: any) => [attempt, failure.cause.message, delayMs])).toEqual([
    [1, "no 1", 100],
    [2, "no 2", 200],
  ]);
  expect(events.map(({ type, attempt, delayMs }) => [type, attempt, delayMs].filter((part) => part !== undefined))).toEqual([
    ["run.started"],
    ["step.started"],
    ["step.retrying", 2, 100],
    ["step.retrying", 3, 200],
    ["step.completed"],
    ["run.completed"],
  ]);
});

test("RT01 the journal has each attempt under its number, and a replay makes none of them", async () => {
  const journal = memoryJournal();
  const calls: unknown[] = [];
  const plan = loose()
    .then("a", failing(2, calls), { retries: { max: 5, initial: 1, jitter: "none" } })
    .build();
  const first = (await plan.run("", { journal, runId: "r" }))._unsafeUnwrap();
  const records = (await journal.read("r"))._unsafeUnwrap().join("\n");
  const settled = [...records.matchAll(/"settled","key":"a\|\|(\d+)","how":"(\w+)"/g)].map(([, attempt, how]) => [attempt, how]);
  expect(settled).toEqual([
    ["1", "thrown"],
    ["2", "thrown"],
    ["3", "value"],
  ]);
  const again = (await plan.resume("r", { journal }))._unsafeUnwrap();
  expect(again.record("a")).toEqual(first.record("a"));
  expect(calls).toEqual([1, 2, 3]);
});

test("RT02 always fails: exactly max + 1 calls; the last error, and the earlier ones in the trace", async () => {
  const calls: unknown[] = [];
  const { result } = await run(loose().then("a", failing(99, calls), { retries: { max: 2, ...exact } }));
  const failure = result._unsafeUnwrapErr();
  expect([calls.length, failure.attempts, failure.cause.message]).toEqual([3, 3, "no 3"]);
  expect(failure.trace[0].retried.map((tried: any) => tried.failure.cause.message)).toEqual(["no 1", "no 2"]);
});

test("RT03 retries 0, and none given: one call, one step.failed", async () => {
  for (const options of [{ retries: 0 }, { retries: { max: 0 } }, {}]) {
    const calls: unknown[] = [];
    const types: string[] = [];
    await run(loose().then("a", failing(9, calls), options), { observe: ({ type }: any) => types.push(type) });
    expect(calls).toEqual([1]);
    expect(types.filter((type) => type === "step.failed")).toHaveLength(1);
  }
});

test("RT04 3 s, factor 1.5, two retries: waits of exactly 3 and 4.5 s", async () => {
  const { clock } = await run(loose().then("a", failing(9), { retries: { max: 2, initial: 3_000, factor: 1.5, jitter: "none" } }));
  expect(clock.asked).toEqual([3_000, 4_500]);
  expect(clock.now()).toBe(7_500);
});

test("RT06 no pause is above the cap, nor anything but a number, over many attempts", async () => {
  const { clock } = await run(loose().then("a", failing(99), { retries: { max: 50, initial: 500, cap: 200, jitter: "none" } }));
  expect(new Set(clock.asked)).toEqual(new Set([200]));
  expect(clock.asked).toHaveLength(50);
  const retry = (initial: number, factor: number): Retry => ({ max: 1, initial, factor, cap: 1_000, jitter: "none", when: undefined });
  for (const attempt of [1, 2, 1_100, 1e9])
    for (const [initial, factor] of [
      [0, 2],
      [1, 1e300],
      [1_000, 1],
    ] as const)
      expect(backoff(retry(initial, factor), attempt, Math.random)).toBeLessThanOrEqual(1_000);
  expect(backoff(retry(0, 2), 5_000, Math.random)).toBe(0);
});

test("RT07 full jitter: uniform below the pause, and the same numbers give the same pauses", () => {
  const retry: Retry = { max: 9, initial: 100, factor: 2, cap: 1_000, jitter: "full", when: undefined };
  const seeded = (seed: number) => () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return seed / 2 ** 32;
  };
  for (const [attempt, most] of [
    [1, 100],
    [3, 400],
    [9, 1_000],
  ] as const) {
    const random = seeded(7);
    const samples = Array.from({ length: 10_000 }, () => backoff(retry, attempt, random));
    const tenths = Array.from({ length: 10 }, (_, tenth) => samples.filter((sample) => Math.floor((sample / most) * 10) === tenth).length);
    for (const count of tenths) expect(count).toBeGreaterThan(850);
    expect(Math.max(...samples)).toBeLessThan(most);
    const again = seeded(7);
    expect(samples.every((sample) => sample === backoff(retry, attempt, again))).toBe(true);
  }
});

test("RT07 the run's own random numbers are used", async () => {
  const { clock } = await run(loose().then("a", failing(9), { retries: { max: 3, initial: 1_000 } }), { random: () => 0.25 });
  expect(clock.asked).toEqual([250, 500, 1_000]);
});

test("RT09 a failure that is not worth it is not tried again", async () => {
  const asked: any[] = [];
  const calls: unknown[] = [];
  const { result } = await run(
    loose().then("a", (ctx: any) => (calls.push(1), ctx.attempt === 1 ? failing(9)(ctx) : err("typed")), {
      retries: { max: 5, ...exact, when: (failure: any) => (asked.push(failure), failure.threw) },
    }),
  );
  expect(calls).toHaveLength(2);
  expect(asked.map(({ type, threw, attempts, path }) => [type, threw, attempts, path])).toEqual([
    ["step_failed", true, 1, "a"],
    ["step_failed", false, 2, "a"],
  ]);
  expect(result._unsafeUnwrapErr()).toMatchObject({ cause: "typed", attempts: 2 });
});

describe("RT10 a `when` that misbehaves fails the step; there is no loop and no unhandled rejection", () => {
  const bad = new Error("when");
  test.each<readonly [string, () => unknown, unknown]>([
    [
      "throws",
      () => {
        throw bad;
      },
      bad,
    ],
    ["rejects", () => Promise.reject(bad), undefined],
    ["gives a promise of true", async () => true, undefined],
    ["gives text", () => "yes", undefined],
    ["gives nothing", () => undefined, undefined],
  ])("%s", async (_, when, cause) => {
    const calls: unknown[] = [];
    const unhandled = await unhandledIn(async () => {
      const { result } = await run(loose().then("a", failing(9, calls), { retries: { max: 3, when } }));
      const failure = result._unsafeUnwrapErr();
      expect(failure).toMatchObject({ type: "step_failed", threw: true, path: "a", suppressed: [{ cause: { message: "no 1" } }] });
      expect(failure.message).toContain("retries.when");
      if (cause !== undefined) expect(failure.cause).toBe(cause);
    });
    expect([calls.length, unhandled]).toEqual([1, []]);
  });
});

describe("RT12 RT13 RT14 what the other side asks to wait", () => {
  const retry = (asked: number | undefined): Retry => ({
    max: 1,
    initial: 10,
    factor: 1,
    cap: 10,
    jitter: "none",
    when: undefined,
    after: () => asked,
  });
  const next = (asked: number | undefined, left = Number.POSITIVE_INFINITY) => pause(retry(asked), 1, {} as never, () => 0, left);
  test("is kept up to a minute, and is no pause of our own", () => {
    expect(next(2_000)).toEqual({ delayMs: 2_000 });
    expect(next(0)).toEqual({ delayMs: 0 });
    expect(next(60_000)).toEqual({ delayMs: 60_000 });
    expect(next(undefined)).toEqual({ delayMs: 10 });
  });
  test("beyond a minute, or beyond the run's time, the step fails at once and says so", () => {
    expect(next(600_000).refused).toContain("600 s");
    expect(next(1e12).refused).toContain("60 s");
    expect(next(30_000, 10_000).refused).toContain("10 s left");
  });
  test("no sense in it: a pause of our own, and neither a hot loop nor an overflow", () => {
    for (const asked of [Number.NaN, -5, Number.NEGATIVE_INFINITY]) expect(next(asked)).toEqual({ delayMs: 10 });
  });
  test("a pause of our own that would outlive the run: at once, with the failure itself", async () => {
    const { clock, result } = await run(loose().then("a", failing(9), { retries: { max: 1, initial: 30_000, jitter: "none" } }), {
      timeout: 10_000,
    });
    expect(clock.now()).toBe(0);
    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "step_failed",
      attempts: 1,
      message: expect.stringContaining("not tried again"),
    });
  });
});

describe("RT15 what is never tried again", () => {
  test("a cancelled step, and it does not count as failed", async () => {
    const controller = new AbortController();
    const calls: unknown[] = [];
    const { result } = await run(
      loose().then(
        "a",
        ({ signal }: any) => {
          calls.push(1);
          controller.abort("stop");
          return untilAborted(signal);
        },
        { retries: 5 },
      ),
      { signal: controller.signal },
    );
    const failure = result._unsafeUnwrapErr();
    expect([failure.type, failure.suppressed, calls.length, failure.trace[0].status]).toEqual(["cancelled", [], 1, "cancelled"]);
  });
  test("invalid input, a build error, and what no attempt can mend", async () => {
    const invalid = { "~standard": { version: 1, vendor: "t", validate: () => ({ issues: [{ message: "no" }] }) } };
    let calls = 0;
    const inner = loose("inner")
      .input(invalid)
      .then("i", () => calls++)
      .build();
    const { result } = await run(loose().use(inner), {});
    expect(result._unsafeUnwrapErr().type).toBe("invalid_input");
    expect((await run(loose().then("x", inner, { retries: 3 }))).clock.asked).toEqual([]);
    const { clock } = await run(
      loose().then(
        "a",
        () => {
          calls++;
          throw new BuildError("a plan", 5);
        },
        { retries: 3 },
      ),
    );
    expect([calls, clock.asked]).toEqual([1, []]);
  });
});

describe("RT16 retries in a group", () => {
  test("of one arm: the siblings are not started again", async () => {
    const calls: string[] = [];
    const { result } = await run(
      loose().parallel("p", {
        a: {
          do: ({ attempt }: any) => {
            calls.push(`a${attempt}`);
            if (attempt < 3) throw new Error("no");
            return 1;
          },
          retries: { max: 3, ...exact },
        },
        b: () => {
          calls.push("b");
          return 2;
        },
      }),
    );
    expect(result._unsafeUnwrap().output).toEqual({ a: 1, b: 2 });
    expect(calls.filter((call) => call === "b")).toHaveLength(1);
  });
  test("of a sub-workflow with a group: all of it again, under a path with the attempt and the same keys", async () => {
    const seen: string[] = [];
    const arm = ({ idempotencyKey, attempt }: any) => void seen.push(`${idempotencyKey} ${attempt}`);
    let fails = 2;
    const inner = loose("sub")
      .parallel("p", { a: arm, b: arm })
      .then("end", () => {
        if (fails-- > 0) throw new Error("no");
        return "ok";
      })
      .build();
    const { result } = await run(loose().then("sub", inner, { retries: { max: 2, ...exact } }), { runId: "r" });
    const done = result._unsafeUnwrap();
    expect(done.output).toBe("ok");
    expect(seen).toEqual(Array(3).fill(["r/sub/p/a 1", "r/sub/p/b 1"]).flat());
    expect(done.trace.map(({ path }: any) => path)).toEqual([
      "sub",
      "sub/p",
      "sub/p/a",
      "sub/p/b",
      "sub/end",
      "sub~2/p",
      "sub~2/p/a",
      "sub~2/p/b",
      "sub~2/end",
      "sub~3/p",
      "sub~3/p/a",
      "sub~3/p/b",
      "sub~3/end",
    ]);
    expect(done.record("sub")).toMatchObject({ attempts: 3, status: "completed" });
  });
  test("of a map's item: what an earlier attempt did is not seen by the next", async () => {
    const seen: unknown[] = [];
    let turn = 0;
    const plan = loose()
      .state({ log: [] as unknown[] }, { merge: { log: (joined: any, arm: any, base: any) => [...joined, ...arm.slice(base.length)] } })
      .then("s", ({ set }: any) => set({ log: ["base"] }))
      .map(
        "m",
        () => [1],
        {
          flow: (b: any) =>
            b
              .then("count", ({ set, state }: any) => (set({ log: [...state.log, "item"] }), ++turn))
              .branch("first", (n: number) => n === 1, { yes: { flow: (f: any) => f.then("only", () => "once") } })
              .then("look", ({ steps }: any) => {
                seen.push(steps.only);
                if (turn === 1) throw new Error("again");
                return turn;
              }),
        },
        { retries: { max: 1, ...exact } },
      )
      .then("log", ({ state }: any) => state.log);
    const { result } = await run(plan);
    expect(seen).toEqual(["once", undefined]);
    expect(result._unsafeUnwrap().output).toEqual(["base", "item"]);
  });
});

test("RT17 a fresh signal and clock for each attempt; one that outlived its time cannot finish the step", async () => {
  const clock = new VirtualClock();
  const signals: AbortSignal[] = [];
  const plan = loose()
    .then(
      "a",
      async ({ signal, attempt }: any) => {
        signals.push(signal);
        await clock.wait(attempt === 1 ? 5_000 : 50);
        return attempt;
      },
      { timeout: 100, retries: { max: 2, ...exact } },
    )
    .then("b", () => clock.wait(10_000))
    .build();
  const done = ((await clock.until(plan.run("", { clock, grace: 20 }))) as any)._unsafeUnwrap();
  expect(done.steps.a).toBe(2);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(signals[0]?.reason.name).toBe("TimeoutError");
  // 100 of the first attempt, 20 of grace, 100 of pause, 50 of the second.
  expect(done.record("a")).toMatchObject({ durationMs: 270, attempts: 2, status: "completed" });
});

test("RT18 a pause alone keeps the process alive, and the end of the run lets it go", () => {
  const start = fileURLToPath(new URL("../../src/builder/start.ts", import.meta.url));
  const code = `import { workflow } from ${JSON.stringify(start)};
    workflow("w").then("a", ({ attempt }) => { if (attempt === 1) throw 1; return "ok"; }, { retries: { max: 1, initial: 50, jitter: "none" }, timeout: 3_600_000 }).build().run("", { timeout: 3_600_000 }).map(({ output }) => { const at = performance.now(); process.on("exit", () => console.log(output, performance.now() - at < 1_000)); });`;
  expect(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", timeout: 20_000 }).trim()).toBe("ok true");
});

test("the pause is over and no permit is free: the step waits for one, and no busy loop keeps it out", async () => {
  const plan = loose()
    .parallel("p", {
      retried: {
        do: ({ attempt }: any) => {
          if (attempt === 1) throw 1;
          throw new Error("second");
        },
        retries: { max: 1, initial: 1 },
      },
      busy: { flow: (b: any) => b.loop("l", () => sleep(1), { until: () => false, max: 100_000 }) },
    })
    .build();
  expect((await plan.run("", { concurrency: 1 }))._unsafeUnwrapErr().cause.message).toBe("second");
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no dice");
    },
    /The run option "random" threw: .*no dice/,
  ],
  ["gives no number", () => Number.NaN, /The run option "random" threw: .*Expected a number from 0 up and below 1, got NaN/],
])("RT10 a random of the user's that %s is blamed by name, and nothing loops", async (_, random, message) => {
  const failure = (
    await loose()
      .then(
        "a",
        () => {
          throw 1;
        },
        { retries: { max: 9, initial: 1 } },
      )
      .build()
      .run("", { random })
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_failed", step: "a", attempts: 1 });
  expect(failure.message).toMatch(message);
});

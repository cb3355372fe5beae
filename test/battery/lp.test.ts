// Loops.
import { workflow } from "heddle";
import { expect, test } from "vitest";
import { loose } from "../support/loose.ts";

test("LP01 the condition is never met: exactly max turns; then loop_limit, or the last output and a record that says so", async () => {
  let turns = 0;
  const body = () => ++turns;
  const failure = (
    await loose()
      .loop("l", body, { until: () => false, max: 100, onLimit: "fail" })
      .build()
      .run("")
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "loop_limit", step: "l", path: "l" });
  expect(turns).toBe(100);
  turns = 0;
  const run = (
    await loose()
      .loop("l", body, { until: () => false, max: 100 })
      .then("after", ({ last }: any) => last)
      .build()
      .run("")
  )._unsafeUnwrap();
  expect([run.output, turns]).toEqual([100, 100]);
  expect(run.record("l")).toMatchObject({ count: 100, limitReached: true, status: "completed" });
  // The last value is at hand where the limit fails, too.
  const inner = (
    await loose()
      .loop("l", { flow: (b: any) => b.then("i", body) }, { until: () => false, max: 2, onLimit: "fail" })
      .catch("c", ({ failure: caught, steps }: any) => [caught.type, steps.i])
      .build()
      .run("")
  )._unsafeUnwrap();
  expect(inner.output).toEqual(["loop_limit", 102]);
});

test("LP02 no limit given: three turns", async () => {
  const run = (
    await workflow<number>("w")
      .loop("l", ({ last }) => last + 1, { until: () => false })
      .build()
      .run(0)
  )._unsafeUnwrap();
  expect(run.output).toBe(3);
  expect(run.record("l")).toMatchObject({ count: 3, limitReached: true });
});

test("LP03 the condition throws, or gives something else than true or false: the loop's own failure", async () => {
  const boom = new Error("boom");
  const thrown = (
    await loose()
      .loop("l", () => 1, {
        until: () => {
          throw boom;
        },
      })
      .build()
      .run("")
  )._unsafeUnwrapErr();
  expect(thrown).toMatchObject({ type: "step_failed", step: "l", cause: boom, message: expect.stringContaining("until") });
  for (const value of [undefined, 1, "true", null])
    expect(
      (
        await loose()
          .loop("l", () => 1, { until: async () => value })
          .build()
          .run("")
      )._unsafeUnwrapErr(),
    ).toMatchObject({ type: "step_failed", step: "l", path: "l", message: expect.stringContaining("until") });
});

test.each([
  ["synchronous", ({ last }: any) => last + 1],
  ["asynchronous", async ({ last }: any) => last + 1],
])("LP04 100,000 %s turns: no overflow, a flat heap, and the process has its turn", async (_, body) => {
  let ticks = 0;
  let longest = 0;
  let before = performance.now();
  const interval = setInterval(() => {
    ticks++;
    longest = Math.max(longest, performance.now() - before);
    before = performance.now();
  }, 10);
  const run = (
    await loose()
      .loop("l", { flow: (b: any) => b.then("i", body) }, { until: ({ last }: any) => last >= 100_000, max: 200_000 })
      .build()
      .run(0)
  )._unsafeUnwrap();
  clearInterval(interval);
  expect(run.output).toBe(100_000);
  expect(run.record("l")).toMatchObject({ count: 100_000, omitted: 99_000 });
  expect(run.trace.length).toBe(1_001);
  expect(ticks).toBeGreaterThan(0);
  // Slices are 20 ms; the rest is what a shared machine may take.
  expect(longest).toBeLessThan(500);
});

test("LP06 the smallest loop is one turn; a cancel between turns comes at once", async () => {
  // Zero turns do not exist: the body runs before `until` is asked, and `max` starts at 1.
  let turns = 0;
  expect(
    (
      await loose()
        .loop("l", () => ++turns, { until: () => true })
        .build()
        .run("")
    )._unsafeUnwrap().output,
  ).toBe(1);
  const controller = new AbortController();
  turns = 0;
  const failure = (
    await loose()
      .loop("l", () => ++turns, {
        until: () => {
          if (turns === 5) controller.abort("five");
          return false;
        },
        max: 1e6,
      })
      .build()
      .run("", { signal: controller.signal })
  )._unsafeUnwrapErr();
  expect([failure.type, failure.reason, turns]).toEqual(["cancelled", "five", 5]);
});

test("a turn sees the one before through `last` alone; after the loop, the last turn's steps are there", async () => {
  const seen: unknown[] = [];
  const run = (
    await loose()
      .loop(
        "l",
        {
          flow: (b: any) =>
            b
              .then("a", ({ steps, iteration }: any) => (seen.push([Object.keys(steps), iteration]), iteration))
              .branch("b", (n: number) => n === 1, { yes: { flow: (f: any) => f.then("only", () => "one") } })
              .then("c", ({ steps }: any) => steps.only),
        },
        { until: ({ iteration, steps }: any) => iteration === 2 && steps.a === 2 },
      )
      .build()
      .run("")
  )._unsafeUnwrap();
  expect(seen).toEqual([
    [[], 1],
    [[], 2],
  ]);
  expect([run.output, run.steps.a, "only" in run.steps]).toEqual([undefined, 2, false]);
  expect(run.trace.map(({ path }: any) => path)).toEqual(["l", "l#1/a", "l#1/b", "l#1/b/yes/only", "l#1/c", "l#2/a", "l#2/b", "l#2/c"]);
});

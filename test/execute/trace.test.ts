// What the trace keeps, and how long it says that things took.
import { expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const items = (count: number) => () => Array.from({ length: count }, (_, index) => index);

test("loops inside a map's items share the thousand records of the map, and what they leave out is counted at every level", async () => {
  const plan = loose()
    .map("each", items(2_000), {
      flow: (b: any) => b.loop("turns", { flow: (c: any) => c.then("one", () => 1).then("two", () => 2) }, { until: () => true }),
    })
    .build();
  const auto = (await plan.run(""))._unsafeUnwrap();
  const all = (await plan.run("", { trace: "all" }))._unsafeUnwrap();
  expect(all.trace).toHaveLength(1 + 2_000 * 3);
  expect(auto.trace).toHaveLength(1 + 1_000);
  expect(auto.record("each")).toMatchObject({ count: 2_000, omitted: 5_000 });
  expect(all.record("each").omitted).toBeUndefined();
});

test("a map inside a loop says what it left out itself, and so does the loop around it", async () => {
  const plan = loose()
    .loop("turns", { flow: (b: any) => b.map("each", items(1_500), () => 1).then("end", () => 1) }, { until: () => false, max: 2 })
    .build();
  const run = (await plan.run(""))._unsafeUnwrap();
  const maps = run.trace.filter(({ step, kind }: any) => step === "each" && kind === "map");
  expect(maps.map(({ path, omitted }: any) => [path, omitted])).toEqual([["turns#1/each", 501]]);
  expect(run.record("turns").omitted).toBe(2 * (1 + 1_500 + 1) - 1_000);
});

test("a failure in a loop inside a map is kept, however many executions there were before", async () => {
  const plan = loose()
    .map("each", items(1_200), {
      flow: (b: any) =>
        b.loop(
          "turns",
          {
            flow: (c: any) =>
              c.then("one", ({ index }: any) => {
                if (index === 1_199) throw new Error("the last");
              }),
          },
          { until: () => true },
        ),
    })
    .build();
  const { trace } = (await plan.run("", { concurrency: 1 }))._unsafeUnwrapErr();
  expect(trace.filter(({ status }: any) => status === "failed").map(({ path }: any) => path)).toEqual([
    "each",
    "each[1199]/turns#1/one",
    "each[1199]/turns",
  ]);
});

test("what was left out and what is kept are all that there was, failures among them", async () => {
  let ended = 0;
  const turn = ({ iteration }: any) => {
    if (iteration % 500 === 0) throw new Error("broken");
  };
  const plan = loose()
    .loop("turns", { flow: (b: any) => b.settle("s", { a: turn }) }, { until: () => false, max: 1_500 })
    .build();
  const observe = ({ type, path }: any) => {
    if (/^step\.(completed|failed)$/.test(type) && path.startsWith("turns#")) ended++;
  };
  const run = (await plan.run("in", { observe }))._unsafeUnwrap();
  const kept = run.trace.filter(({ path }: any) => path.startsWith("turns#"));
  expect(kept.filter(({ status }: any) => status === "failed")).toHaveLength(3);
  expect(kept.length + run.record("turns").omitted).toBe(ended);
});

test("no part of a run takes longer than the run, whatever the clock's fractions", async () => {
  for (const fraction of [0.000_9, 0.123_4, 0.499_9, 0.999_9]) {
    const clock = new VirtualClock();
    const result = loose().sleep("a", fraction).sleep("b", 1.000_7).build().run("", { clock });
    await clock.advance(3);
    const { durationMs, trace } = (await result)._unsafeUnwrap();
    expect(durationMs).toBeCloseTo(fraction + 1.000_7, 6);
    expect(trace.reduce((sum: number, record: any) => sum + record.durationMs, 0)).toBeLessThanOrEqual(durationMs);
    for (const record of trace) expect(record.startedAt + record.durationMs).toBeLessThanOrEqual(clock.date());
  }
});

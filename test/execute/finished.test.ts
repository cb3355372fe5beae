// What a run hands back when it is over.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const sub = loose("sub")
  .then("twin", () => "inner")
  .build();
const plan = loose()
  .then("twin", () => "outer")
  .use(sub)
  .loop("again", { flow: (b: any) => b.then("turn", ({ iteration }: any) => iteration) }, { until: ({ last }: any) => last === 2 })
  .build();

describe("a run that succeeded", () => {
  test("as JSON and on a screen: all that it has, as plain data", async () => {
    const run = (await plan.run("in", { runId: "r1" }))._unsafeUnwrap();
    const { id, output, steps, trace, usage, durationMs } = run;
    expect(id).toBe("r1");
    expect(run.toJSON()).toEqual({ id, output, steps, trace, usage, durationMs });
    expect(JSON.parse(JSON.stringify(run))).toMatchObject({ id: "r1", output: 2, steps: { twin: "outer", turn: 2 } });
    expect(inspect(run)).toContain("id: 'r1'");
    expect(usage).toMatchObject({ modelCalls: 0, totalTokens: 0 });
  });

  test("is read as often as one likes, to the same objects", async () => {
    const run = (await plan.run("in"))._unsafeUnwrap();
    expect(run.trace).toBe(run.trace);
    expect(run.steps).toBe(run.steps);
  });

  test("records by name are those of its own steps, not of a sub-workflow's", async () => {
    const run = (await plan.run("in"))._unsafeUnwrap();
    expect(run.records("twin").map(({ path }: any) => path)).toEqual(["twin"]);
    expect(run.records("turn").map(({ path }: any) => path)).toEqual(["again#1/turn", "again#2/turn"]);
    expect(run.record("turn")).toMatchObject({ path: "again#2/turn", status: "completed" });
    expect(run.record("never")).toBeUndefined();
    expect(run.records("never")).toEqual([]);
    expect(run.trace.map(({ path }: any) => path)).toContain("sub/twin");
  });

  test("durations run from the start of the run to its end", async () => {
    const clock = new VirtualClock();
    await clock.advance(500);
    const sleeping = loose()
      .sleep("a", 30)
      .then("b", () => 1)
      .sleep("c", 12)
      .build();
    const run: any = (await clock.until<any>(sleeping.run("in", { clock })))._unsafeUnwrap();
    expect(run.durationMs).toBe(42);
    expect(run.trace.map(({ step, startedAt, durationMs }: any) => [step, startedAt - clock.date() + 42, durationMs])).toEqual([
      ["a", 0, 30],
      ["b", 30, 0],
      ["c", 30, 12],
    ]);
  });
});

describe("a run that failed", () => {
  const failing = loose()
    .then("done", () => "kept")
    .then("fails", () => {
      throw new Error("no");
    })
    .build();

  test("keeps what was done; copies of the failure too", async () => {
    const failure = (await failing.run("in", { runId: "r2" }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", runId: "r2", steps: { done: "kept" }, usage: { modelCalls: 0 } });
    const copy = { ...failure };
    expect(copy.trace.map(({ path, status }: any) => [path, status])).toEqual([
      ["done", "completed"],
      ["fails", "failed"],
    ]);
    expect(failure.trace).toBe(failure.trace);
    expect(Object.keys(failure)).toContain("trace");
  });
});

describe("events, read one after the other", () => {
  test("from the start to the end, and then no more", async () => {
    const handle = plan.start("in");
    const types: string[] = [];
    for await (const { type } of handle.events) types.push(type);
    expect([types[0], types.at(-1)]).toEqual(["run.started", "run.completed"]);
    expect(types.filter((type) => type === "step.completed").length).toBeGreaterThan(3);
    // Who comes late learns how it ended.
    const late: string[] = [];
    for await (const { type } of handle.events) late.push(type);
    expect(late).toEqual(["run.completed"]);
  });

  test("who waits for the next is told that there is none, by the end or by leaving", async () => {
    const clock = new VirtualClock();
    const handle = loose().sleep("nap", 10).build().start("in", { clock });
    const reader = handle.events[Symbol.asyncIterator]();
    const pending = Array.from({ length: 5 }, () => reader.next());
    await clock.until(handle.result);
    expect((await Promise.all(pending)).map((next: any) => next.value?.type ?? next.done)).toEqual([
      "run.started",
      "step.started",
      "step.completed",
      "run.completed",
      true,
    ]);
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    const leaving = loose().sleep("nap", 10).build().start("in", { clock });
    const other = leaving.events[Symbol.asyncIterator]();
    await other.next();
    await other.next();
    const waiting = other.next();
    expect(await other.return()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    await clock.until(leaving.result);
    expect(await other.next()).toEqual({ done: true, value: undefined });
  });
});

// What listeners and the trace are told, in full: what was chosen, what was skipped, what it took.
import { inspect } from "node:util";
import { step } from "heddle";
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { settle, VirtualClock } from "../support/virtual-clock.ts";

async function told(chain: any, options: object = {}) {
  const clock = new VirtualClock();
  const events: any[] = [];
  const result: any = await clock.until(
    chain.build().run("in", { clock, runId: "r", observe: (event: any) => events.push(event), ...options }),
  );
  return { clock, events, result };
}
const brief = ({ runId: _, at: __, ...event }: any) => event;
const fn = () => 1;

describe("what was chosen, and what was not", () => {
  test("a branch: the arm that it took, the arm that it skipped", async () => {
    const { events, result } = await told(loose().branch("b", () => true, { yes: fn, no: { flow: (b: any) => b.then("deep", fn) } }));
    expect(events.map(brief)).toEqual([
      { type: "run.started", path: "", step: "", plan: "w" },
      { type: "step.started", path: "b", step: "b", kind: "branch" },
      { type: "step.skipped", path: "b/no", step: "b" },
      { type: "step.started", path: "b/yes", step: "yes", kind: "step" },
      { type: "step.completed", path: "b/yes", step: "yes", kind: "step", attempts: 1, durationMs: 0 },
      { type: "step.completed", path: "b", step: "b", kind: "branch", attempts: 1, durationMs: 0, route: "yes" },
      { type: "run.completed", path: "", step: "", durationMs: 0, usage: expect.objectContaining({ totalTokens: 0 }) },
    ]);
    expect(result._unsafeUnwrap().record("b")).toMatchObject({ route: "yes" });
  });

  test("a branch that has nothing to do: its one arm is skipped, and it took none", async () => {
    const { events, result } = await told(loose().branch("b", () => false, { yes: { flow: (b: any) => b.then("deep", fn) } }));
    expect(events.map(brief).slice(2, 4)).toEqual([
      { type: "step.skipped", path: "b/yes", step: "b" },
      { type: "step.completed", path: "b", step: "b", kind: "branch", attempts: 1, durationMs: 0 },
    ]);
    expect(result._unsafeUnwrap().record("b")).not.toHaveProperty("route");
  });

  test("a route: one arm, by its path; the others are skipped in declared order", async () => {
    const { events } = await told(loose().route("r", () => "b", { a: fn, "b/c": fn, b: { flow: (b: any) => b.then("deep", fn) }, d: fn }));
    expect(events.map(({ type, path }) => [type, path]).slice(2, 7)).toEqual([
      ["step.skipped", "r/a"],
      ["step.skipped", "r/b%2Fc"],
      ["step.skipped", "r/d"],
      ["step.started", "r/b/deep"],
      ["step.completed", "r/b/deep"],
    ]);
    expect(events.find(({ type, step }) => type === "step.completed" && step === "r")).toMatchObject({ route: "b" });
  });

  test("a routeAll: the arms that it took, in declared order, and the others", async () => {
    const { events, result } = await told(loose().routeAll("r", () => ["c", "a"], { a: fn, b: fn, c: fn }));
    expect(events.filter(({ type }) => type === "step.skipped").map(({ path }) => path)).toEqual(["r/b"]);
    expect(result._unsafeUnwrap().record("r").route).toEqual(["a", "c"]);
    expect(events.find(({ type, step }) => type === "step.completed" && step === "r").route).toEqual(["a", "c"]);
  });

  test("a race: who won it", async () => {
    const { events, result } = await told(loose().race("r", { a: () => new Promise(() => {}), b: fn }));
    expect(events.find(({ type, step }) => type === "step.completed" && step === "r")).toMatchObject({ route: "b" });
    expect(result._unsafeUnwrap().record("r")).toMatchObject({ route: "b", status: "completed" });
  });

  test("a loop: its turns, and that it reached its limit", async () => {
    const { events, result } = await told(loose().loop("l", fn, { until: () => false, max: 2 }));
    expect(events.filter(({ type }) => type === "loop.iteration").map(brief)).toEqual([
      { type: "loop.iteration", path: "l", step: "l", iteration: 1 },
      { type: "loop.iteration", path: "l", step: "l", iteration: 2 },
    ]);
    expect(events.find(({ type, path }) => type === "step.completed" && path === "l")).toMatchObject({ limitReached: true });
    expect(result._unsafeUnwrap().record("l")).toMatchObject({ count: 2, limitReached: true });
    const ended = await told(loose().loop("l", fn, { until: () => true, max: 2 }));
    expect(ended.events.find(({ type, path }) => type === "step.completed" && path === "l")).not.toHaveProperty("limitReached");
  });
});

describe("what went wrong", () => {
  test("a failure: its message, and its time", async () => {
    const { events, result } = await told(
      loose()
        .sleep("nap", 20)
        .then("a", () => Promise.reject(new Error("broken"))),
    );
    expect(events.map(brief).slice(-2)).toEqual([
      {
        type: "step.failed",
        path: "a",
        step: "a",
        kind: "step",
        attempts: 1,
        durationMs: 0,
        message: expect.stringContaining("broken"),
        cancelled: false,
      },
      expect.objectContaining({ type: "run.failed", durationMs: 20, failure: expect.objectContaining({ type: "step_failed", step: "a" }) }),
    ]);
    expect(result._unsafeUnwrapErr().trace.at(-1)).toMatchObject({ status: "failed", message: expect.stringContaining("broken") });
  });

  test("a step that was cancelled says so, and is no failure", async () => {
    const { events } = await told(
      loose().parallel("p", {
        a: ({ signal }: any) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        b: { flow: (b: any) => b.sleep("nap", 5).then("c", () => Promise.reject(new Error("broken"))) },
      }),
    );
    const failed = events.filter(({ type }) => type === "step.failed").map(({ path, cancelled, message }) => [path, cancelled, message]);
    expect(failed).toEqual([
      ["p/b/c", false, expect.stringContaining("broken")],
      ["p/a", true, "Cancelled"],
      ["p", false, expect.stringContaining("broken")],
    ]);
  });

  test("retries: of a step, and of a sub-workflow as a whole", async () => {
    let calls = 0;
    const sub = loose("sub")
      .then("inner", () => {
        if (++calls < 3) throw new Error(`no ${calls}`);
        return "done";
      })
      .build();
    const { events, result } = await told(loose().then("outer", sub, { retries: { max: 5, initial: 10, factor: 2, jitter: "none" } }));
    expect(events.filter(({ type }) => type === "step.retrying").map(brief)).toEqual([
      { type: "step.retrying", path: "outer", step: "outer", attempt: 2, delayMs: 10, message: expect.stringContaining("no 1") },
      { type: "step.retrying", path: "outer", step: "outer", attempt: 3, delayMs: 20, message: expect.stringContaining("no 2") },
    ]);
    const run = result._unsafeUnwrap();
    expect(run.record("outer")).toMatchObject({
      attempts: 3,
      durationMs: 30,
      retried: [
        { attempt: 1, delayMs: 10 },
        { attempt: 2, delayMs: 20 },
      ],
    });
    expect(run.trace.map(({ path, status, attempts }: any) => [path, status, attempts])).toEqual([
      ["outer", "completed", 3],
      ["outer/inner", "failed", 1],
      ["outer~2/inner", "failed", 1],
      ["outer~3/inner", "completed", 1],
    ]);
    expect(events.find(({ type, path }) => type === "step.completed" && path === "outer")).toMatchObject({ attempts: 3, durationMs: 30 });
  });
});

test("of two cancels by a listener in one moment, the first is the run's", async () => {
  const handle = loose()
    .then("a", fn)
    .then("b", fn)
    .build()
    .start("in", {
      observe: ({ type, path }: any) => {
        if (type !== "step.completed" || path !== "a") return;
        handle.cancel("first");
        handle.cancel("second");
      },
    });
  expect((await handle.result)._unsafeUnwrapErr()).toMatchObject({
    type: "cancelled",
    reason: "first",
    message: 'The run was cancelled: "first"',
  });
});

test("a listener that fails is reported once, in words, and changes nothing", async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on("warning", warned);
  const observe = [
    () => {
      throw new Error("broken");
    },
    async () => {
      throw new Error("rejected");
    },
  ];
  const { result } = await told(loose().then("a", fn), { observe });
  await settle();
  process.off("warning", warned);
  expect(result.isOk()).toBe(true);
  expect(warnings.map(({ name, message }) => [name, message])).toEqual([
    ["HeddleListenerWarning", "A listener of a run failed (reported once): broken"],
    ["HeddleListenerWarning", "A listener of a run failed (reported once): rejected"],
  ]);
});

describe("a context on a screen", () => {
  test("is a plain object of what a step may use", async () => {
    const chain = loose()
      .state({ hits: 0 })
      .then("one", () => "first")
      .loop("l", { flow: (b: any) => b.then("turn", (context: any) => inspect(context, { breakLength: 1e9 })) }, { until: () => true })
      .map("m", ({ last }: any) => [last], { do: (context: any) => [inspect(context, { breakLength: 1e9 }), context.last] });
    const [[inMap, inLoop]] = (await told(chain)).result._unsafeUnwrap().output;
    expect(inLoop).toBe(
      "{ input: 'in', last: 'first', steps: { one: 'first' }, state: { hits: 0 }, attempt: 1, idempotencyKey: 'r/l#1/turn', runId: 'r', iteration: 1 }",
    );
    expect(inMap).toMatch(/ attempt: 1, idempotencyKey: 'r\/m\[0\]', runId: 'r', index: 0 }$/);
  });

  test("a step() value is given its tools", async () => {
    const chain = loose().then(
      "s",
      step("s", (_: string, { attempt, idempotencyKey, runId, signal }) => [attempt, idempotencyKey, runId, signal.aborted]),
    );
    expect((await told(chain)).result._unsafeUnwrap().output).toEqual([1, "r/s", "r", false]);
  });
});

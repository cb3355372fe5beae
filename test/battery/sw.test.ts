// Sub-workflows. SW03 is in test/durable.
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { untilAborted } from "../support/promises.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const boom = new Error("boom");

test("SW01 a failure three levels down: the path leads there, and the cause is the error itself", async () => {
  const leaf = loose("leaf")
    .then("step", () => {
      throw boom;
    })
    .build();
  const middle = loose("middle")
    .then("before", () => 1)
    .use(leaf)
    .build();
  const failure = (
    await loose()
      .then("child", middle, { input: () => "" })
      .build()
      .run("")
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_failed", path: "child/leaf/step", step: "step" });
  expect(failure.cause).toBe(boom);
  expect(failure.trace.map(({ path, status }: any) => [path, status])).toEqual([
    ["child", "failed"],
    ["child/before", "completed"],
    ["child/leaf", "failed"],
    ["child/leaf/step", "failed"],
  ]);
});

describe("SW04 parent and child", () => {
  test("a cancel of the parent reaches the child", async () => {
    const controller = new AbortController();
    const child = loose("child")
      .then("i", ({ signal }: any) => {
        controller.abort("stop");
        return untilAborted(signal);
      })
      .catch("c", () => "no catch holds a cancel")
      .build();
    for (const options of [{}, { timeout: 1e6 }, { retries: 3 }]) {
      const failure = (
        await loose()
          .then("child", child, options)
          .catch("d", () => 1)
          .build()
          .run("", { signal: controller.signal })
      )._unsafeUnwrapErr();
      expect([failure.type, failure.reason]).toEqual(["cancelled", "stop"]);
    }
  });
  test("a child's time is the child's: the parent may catch it", async () => {
    const clock = new VirtualClock();
    const child = loose("child")
      .then("i", ({ signal }: any) => clock.wait(1_000, signal))
      .build();
    const run = (
      (await clock.until(
        loose()
          .then("child", child, { timeout: 50 })
          .catch("c", ({ failure }: any) => [failure.type, failure.path])
          .then("after", ({ last }: any) => last)
          .build()
          .run("", { clock }),
      )) as any
    )._unsafeUnwrap();
    expect([run.output, clock.now()]).toEqual([["step_timed_out", "child"], 50]);
  });
  test("a catch inside the child holds the failure there; one outside sees the path", async () => {
    const inside = loose("inside")
      .then("a", () => 1)
      .then("b", () => {
        throw boom;
      })
      .catch("c", ({ steps, failure }: any) => [steps.a, failure.path])
      .then("d", ({ last }: any) => last)
      .build();
    const run = (
      await loose()
        .use(inside)
        .then("e", ({ steps }: any) => steps.inside.steps.d)
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(run.output).toEqual([1, "inside/b"]);
    const outside = loose("outside")
      .parallel("p", {
        x: {
          flow: (b: any) =>
            b.then("y", () => {
              throw boom;
            }),
        },
      })
      .build();
    expect(
      (
        await loose()
          .then("a", () => 1)
          .use(outside)
          .catch("c", ({ steps, failure }: any) => [steps.a, failure.path])
          .build()
          .run("")
      )._unsafeUnwrap().output,
    ).toEqual([1, "outside/p/x/y"]);
  });
});

describe("SW05 a child's state is its own", () => {
  const child = loose("child")
    .state({ k: "child", n: 0 })
    .then("i", ({ state, set }: any) => {
      set({ k: "written" });
      return [state.k, state.n];
    })
    .then("j", ({ state }: any) => state.k)
    .build();
  test("the same keys in parent and child do not meet", async () => {
    const run = (
      await loose()
        .state({ k: "parent" })
        .then("a", ({ set }: any) => set({ k: "parent's" }))
        .use(child)
        .then("b", ({ state, steps }: any) => [state, steps.child.steps])
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(run.output).toEqual([{ k: "parent's" }, { i: ["child", 0], j: "written" }]);
  });
  test("what is mapped in replaces keys, afresh for every use and attempt", async () => {
    const seen: unknown[] = [];
    const counting = loose("counting")
      .state({ n: 1, m: 2 })
      .then("i", ({ state, set, idempotencyKey }: any) => {
        seen.push([state.n, state.m]);
        set({ n: 99 });
        if (seen.length === 1) throw boom;
        return idempotencyKey;
      })
      .build();
    const run = (
      await loose()
        .state({ start: 7 })
        .then("one", counting, { state: ({ state }: any) => ({ n: state.start }), retries: { max: 1, initial: 0 } })
        .then("two", counting, { state: { m: 5 } })
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(seen).toEqual([
      [7, 2],
      [7, 2],
      [1, 5],
    ]);
    expect(Object.isFrozen(run.steps)).toBe(false);
  });
  test("a state that is no object, or has keys of its own, fails that step", async () => {
    for (const state of [5, null, undefined, "x", { typo: 1 }])
      expect(
        (
          await loose()
            .use(child, { state: () => state })
            .build()
            .run("")
        )._unsafeUnwrapErr(),
      ).toMatchObject({ type: "step_failed", step: "child", path: "child", message: expect.stringContaining("state") });
  });
});

test("SW06 a retry runs all of the sub-workflow again, never a mixture", async () => {
  const calls: string[] = [];
  let attempt = 0;
  const child = loose("child")
    .then("a", () => (calls.push("a"), ++attempt))
    .branch("b", (n: number) => n === 1, {
      yes: { flow: (f: any) => f.then("first", () => calls.push("first")) },
      no: { flow: (f: any) => f.then("second", () => calls.push("second")) },
    })
    .then("c", () => {
      calls.push("c");
      if (attempt === 1) throw boom;
      return "ok";
    })
    .build();
  const run = (
    await loose()
      .then("child", child, { retries: { max: 1, initial: 0 } })
      .build()
      .run("")
  )._unsafeUnwrap();
  expect(calls).toEqual(["a", "first", "c", "a", "second", "c"]);
  expect(Object.keys(run.steps.child.steps)).toEqual(["a", "b", "second", "c"]);
});

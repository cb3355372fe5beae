// What comes of steps that were aborted: the reasons that they hear, and what counts of what they do afterwards.

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { failed } from "../support/failed.ts";
import { loose, thrownBy } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const fn = () => 1;
const boom = () => {
  throw new Error("broken");
};
const asks = { flow: (b: any) => b.waitFor("ok", z.string()) };

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

test("the reasons of signals that a step has kept, or lost a race by", async () => {
  const kept: any[] = [];
  const keeps = ({ signal }: any) => void kept.push(signal);
  const loses = ({ signal }: any) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  await failed(loose().then("a", keeps).parallel("p", { b: asks }));
  await failed(loose().then("a", keeps).output(z.string()));
  await failed(
    loose()
      .race("r", { a: (context: any) => (keeps(context), loses(context)), b: fn })
      .then("late", boom),
  );
  expect(kept.map(({ reason: { name, message } }) => [name, message])).toEqual([
    ["AbortError", 'The run waits for an answer to step "ok"'],
    ["AbortError", "Aborted, since the run failed"],
    ["AbortError", "Aborted, since another arm won the race"],
  ]);
});

describe("a signal that is asked for only after the abort", () => {
  const late = async (chain: (looks: (context: any) => unknown) => any) => {
    const clock = new VirtualClock();
    const seen: unknown[] = [];
    const looks = async (context: any) => {
      await clock.wait(30);
      seen.push(context.signal.aborted, context.signal.reason.message);
    };
    await clock.until(chain(looks).build().run("in", { clock }));
    return seen;
  };
  const fails = { flow: (b: any) => b.sleep("nap", 10).then("b", boom) };

  test("is aborted already", async () => {
    expect(await late((looks) => loose().parallel("p", { a: looks, fails }))).toEqual([true, "Aborted, since p/fails/b failed"]);
  });

  test("has the first reason that there was", async () => {
    const first = await late((looks) => loose().parallel("p", { a: { do: looks, timeout: 5 }, fails }));
    expect(first).toEqual([true, "Step a took longer than 5 ms"]);
  });
});

describe("what comes of a step whose group was aborted", () => {
  /** How a step is recorded that throws so, and which failures stand beside the one that aborted it. */
  const after = async (answer: (signal: AbortSignal) => unknown, cancel?: () => unknown) => {
    const clock = new VirtualClock();
    const answers = ({ signal }: any) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(answer(signal)), { once: true }));
    const arms = cancel === undefined ? { answers, fails: { flow: (b: any) => b.sleep("nap", 5).then("b", boom) } } : { answers };
    const handle = loose().parallel("p", arms).build().start("in", { clock });
    if (cancel !== undefined) {
      await clock.advance(5);
      handle.cancel(cancel());
    }
    const failure = (await clock.until<any>(handle.result))._unsafeUnwrapErr();
    const { status } = failure.trace.find(({ path }: any) => path === "p/answers");
    return [status, failure.suppressed.length];
  };

  test.each<[string, (signal: AbortSignal) => unknown, string, number]>([
    ["the reason itself", ({ reason }) => reason, "cancelled", 0],
    ["an AbortError of its own", () => new DOMException("stopped", "AbortError"), "cancelled", 0],
    ["an error that the reason caused", ({ reason }) => new Error("stopped", { cause: reason }), "cancelled", 0],
    ["an error with another cause", () => new Error("broken", { cause: "disk" }), "failed", 1],
    ["an error without a cause", () => new Error("broken"), "failed", 1],
    ["null", () => null, "failed", 1],
  ])("it throws %s", async (_, answer, status, suppressed) => {
    expect(await after(answer)).toEqual([status, suppressed]);
  });

  test("a cancel without a reason is not taken for the cause of what has none", async () => {
    const nothing = () => undefined;
    expect(await after(() => new Error("broken"), nothing)).toEqual(["failed", 1]);
    expect(await after(({ reason }) => reason, nothing)).toEqual(["cancelled", 0]);
  });

  test("an attempt that timed out before, and never ends, has failed for that; there is no other attempt", async () => {
    let attempts = 0;
    const hangs = () => {
      attempts++;
      return new Promise(() => {});
    };
    const failure = await failed(
      loose().parallel("p", {
        hangs: { do: hangs, timeout: 5, retries: { max: 3, initial: 1 } },
        fails: { flow: (b: any) => b.sleep("nap", 8).then("b", boom) },
      }),
      { grace: 10 },
    );
    expect(failure).toMatchObject({ path: "p/fails/b", suppressed: [{ type: "step_timed_out", path: "p/hangs" }] });
    expect(failure.trace.find(({ path }: any) => path === "p/hangs")).toMatchObject({
      status: "failed",
      message: 'Step "hangs" took longer than its timeout of 5 ms',
    });
    expect(attempts).toBe(1);
  });
});

describe("a race", () => {
  test("whose time is over is lost, also where an arm completes within the grace", async () => {
    const clock = new VirtualClock();
    const plan = loose()
      .race("r", { a: () => clock.wait(15).then(() => "late") }, { timeout: 10 })
      .build();
    const failure = (await clock.until<any>(plan.run("in", { clock })))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_timed_out", path: "r" });
    expect(failure.trace.find(({ path }: any) => path === "r/a")).toMatchObject({ status: "completed" });
  });

  test("ends at once with what no other arm could make up for: a mistake is no lost race", async () => {
    const clock = new VirtualClock();
    const inner = loose("inner").input(z.number()).then("b", fn).build();
    const plan = loose()
      .race("r", {
        wrong: { flow: (b: any) => b.sleep("nap", 5).then("inner", inner, { input: () => "text" }) },
        slow: () => clock.wait(20),
      })
      .catch("never", fn)
      .build();
    expect((await clock.until<any>(plan.run("in", { clock })))._unsafeUnwrapErr()).toMatchObject({ type: "invalid_input", step: "inner" });
  });
});

test("a step that was left behind can no longer write state", async () => {
  const clock = new VirtualClock();
  const thrown: unknown[] = [];
  const plan = loose()
    .state({ k: 0 })
    .settle("s", {
      late: {
        do: async ({ set }: any) => {
          await clock.wait(50);
          thrown.push(thrownBy(() => set({ k: 1 })));
        },
        timeout: 5,
      },
    })
    .sleep("nap", 100)
    .then("look", ({ state }: any) => state.k)
    .build();
  const run = (await clock.until<any>(plan.run("in", { clock, grace: 10 })))._unsafeUnwrap();
  expect(run.output).toBe(0);
  expect(thrown).toEqual([
    new TypeError(
      'Expected set() of step "late" to be called while the step runs, got a call after its attempt had settled: what it wrote would be lost',
    ),
  ]);
});

// Parallel failure semantics. PA12 is in test/execute/schedule.test.ts and test/reference/interleavings.test.ts.
import { setImmediate as immediate } from "node:timers/promises";
import fc from "fast-check";
import { workflow } from "heddle";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { deferred, sleep, unhandledIn, untilAborted } from "../support/promises.ts";
import { settle, VirtualClock } from "../support/virtual-clock.ts";

const boom = new Error("boom");
const fail = () => {
  throw boom;
};

test("PA01 fail-fast: the siblings' signals abort, and the group is over with them", async () => {
  const clock = new VirtualClock();
  let reason: any;
  const plan = workflow("w")
    .parallel("p", {
      a: async ({ signal }) => {
        signal.addEventListener("abort", () => {
          reason = signal.reason;
        });
        await clock.wait(10_000, signal);
      },
      b: async () => {
        await clock.wait(10);
        throw boom;
      },
    })
    .build();
  const failure = (await clock.until(plan.run("", { clock })))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_failed", path: "p/b", suppressed: [] });
  expect(failure.cause).toBe(boom);
  expect(clock.now()).toBe(10);
  expect(reason.name).toBe("AbortError");
  expect(reason.cause).toMatchObject({ path: "p/b" });
  expect(failure.trace.map(({ path, status }) => [path, status])).toEqual([
    ["p", "failed"],
    ["p/a", "cancelled"],
    ["p/b", "failed"],
  ]);
});

test("PA02 nothing of a run acts once it has settled", async () => {
  let acts = 0;
  const worker = async ({ signal }: { signal: AbortSignal }) => {
    try {
      for (;;) {
        acts++;
        await sleep(1);
        if (signal.aborted) throw signal.reason;
      }
    } finally {
      await sleep(3);
      acts++;
    }
  };
  async function* source() {
    try {
      for (;;) {
        acts++;
        await sleep(1);
        yield 1;
      }
    } finally {
      await sleep(3);
      acts++;
    }
  }
  const plan = loose()
    .parallel("p", {
      a: worker,
      b: { flow: (b: any) => b.parallel("q", { c: worker, d: { flow: (f: any) => f.loop("l", worker, { until: () => false }) } }) },
      e: { flow: (b: any) => b.map("m", source, worker, { concurrency: 2 }) },
      z: () => sleep(15).then(fail),
    })
    .build();
  // One after the other: what another run still does is not what this one does too late.
  for (const options of [() => ({}), () => ({ signal: AbortSignal.timeout(8) }), () => ({ timeout: 8 })]) {
    expect((await plan.run("", options())).isErr()).toBe(true);
    const then = acts;
    await sleep(40);
    expect(acts).toBe(then);
    acts = 0;
  }
});

test("PA03 a sibling that ignores its signal: the run settles after the grace, its late result reaches nobody, its permit is back", async () => {
  const clock = new VirtualClock();
  const late = deferred<string>();
  const plan = loose()
    .settle("s", {
      g: loose("g")
        .parallel("p", { a: () => late.promise, b: fail })
        .build(),
    })
    .then("after", async ({ last }: any) => last.g.ok)
    .build();
  const result = plan.run("", { clock, concurrency: 1, grace: 250 });
  // With one permit `b` cannot begin before `a` is left behind, so nothing fails: cancel the stuck one by its own time.
  const stuck = loose()
    .parallel("p", { a: () => late.promise, b: () => clock.wait(10).then(fail) })
    .catch("c", () => "caught")
    .then("after", async ({ last }: any) => last)
    .build();
  const run = ((await clock.until(stuck.run("", { clock, concurrency: 2, grace: 250 }))) as any)._unsafeUnwrap();
  expect(clock.now()).toBe(260);
  expect(run.output).toBe("caught");
  expect(run.trace.find((record: any) => record.path === "p/a").status).toBe("cancelled");
  late.resolve("late");
  expect((await result).isOk()).toBe(true);
  expect("a" in run.steps).toBe(false);
});

describe("PA04 two failures in one tick: the first in declared order, the other beside it", () => {
  const errors = [new Error("0"), new Error("1"), new Error("2")];
  test("however they are ordered within the tick (1,000 seeded orders)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), fc.boolean(), async (order, busy) => {
        const gates = errors.map(() => deferred());
        const arm = (index: number) => () => gates[index]?.promise;
        const result = loose()
          .parallel("p", { x: arm(0), y: arm(1), z: { flow: (b: any) => b.then("z1", arm(2)) } })
          .build()
          .run("");
        // Also after the process has been blocked for longer than the scheduler's slice.
        if (busy) for (const until = performance.now() + 1; performance.now() < until; );
        for (const index of order) gates[index]?.reject(errors[index]);
        const failure = (await result)._unsafeUnwrapErr();
        expect(failure.cause).toBe(errors[0]);
        expect(failure.suppressed.map(({ cause }: any) => cause)).toEqual([errors[1], errors[2]]);
      }),
      { numRuns: 1_000, seed: 4 },
    );
  });

  test("also when the scheduler is just giving the process its turn", async () => {
    const gates = errors.map(() => deferred());
    const result = loose()
      .parallel("p", { x: () => gates[0]?.promise, y: () => gates[1]?.promise, ok: () => gates[2]?.promise })
      .build()
      .run("");
    await sleep(40);
    gates[1]?.reject(errors[1]);
    gates[0]?.reject(errors[0]);
    gates[2]?.resolve();
    const failure = (await result)._unsafeUnwrapErr();
    expect(failure.cause).toBe(errors[0]);
    expect(failure.suppressed.map(({ cause }: any) => cause)).toEqual([errors[1]]);
    expect("ok" in failure.steps).toBe(true);
  });

  test("an answer to the abort in the same tick is not what brought it about", async () => {
    const cleanup = new Error("cleanup");
    const answer = ({ signal }: any) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(cleanup)));
    for (const arms of [
      { a: answer, b: fail },
      { a: answer, b: async () => fail() },
      { a: { flow: (f: any) => f.parallel("q", { a1: answer }) }, b: async () => fail() },
    ]) {
      const failure = (await loose().parallel("p", arms).build().run(""))._unsafeUnwrapErr();
      expect(failure.cause).toBe(boom);
      expect(failure.suppressed.map(({ cause }: any) => cause)).toEqual([cleanup]);
    }
  });

  test("in a later tick: the first in time", async () => {
    const clock = new VirtualClock();
    const arm = (ms: number, error: Error) => () => clock.wait(ms).then(() => Promise.reject(error));
    const failure = (
      (await clock.until(
        loose()
          .parallel("p", { x: arm(20, errors[0] as Error), y: arm(10, errors[1] as Error) })
          .build()
          .run("", { clock }),
      )) as any
    )._unsafeUnwrapErr();
    expect([failure.cause, failure.suppressed.map(({ cause }: any) => cause)]).toEqual([errors[1], [errors[0]]]);
  });
});

test("PA06 settle: every outcome, in declared order, and nothing cancelled", async () => {
  const aborted: boolean[] = [];
  const plan = workflow("w")
    .settle("s", {
      slow: async ({ signal }) => {
        await sleep(5);
        aborted.push(signal.aborted);
        return 1;
      },
      bad: fail,
      quick: () => 3,
    })
    .build();
  const run = (await plan.run(""))._unsafeUnwrap();
  expect(Object.keys(run.output)).toEqual(["slow", "bad", "quick"]);
  expect(run.output.slow).toEqual({ ok: true, value: 1 });
  expect(run.output.quick).toEqual({ ok: true, value: 3 });
  expect(run.output.bad).toMatchObject({ ok: false, error: { type: "step_failed", cause: boom, path: "s/bad" } });
  expect(aborted).toEqual([false]);
});

test("PA07 settle: all fail, and nested: each keeps its path", async () => {
  const plan = loose()
    .settle("s", { a: fail, b: { flow: (b: any) => b.settle("t", { c: fail, d: { flow: (f: any) => f.then("d1", fail) } }) } })
    .build();
  const { output } = (await plan.run(""))._unsafeUnwrap();
  expect(output.a.error.path).toBe("s/a");
  expect([output.b.value.c.error.path, output.b.value.d.error.path]).toEqual(["s/b/t/c", "s/b/t/d/d1"]);
});

test("PA07 settle holds back what may be caught, and nothing else", async () => {
  const controller = new AbortController();
  const cancelled = (
    await loose()
      .settle("s", {
        a: ({ signal }: any) => {
          controller.abort("stop");
          return untilAborted(signal);
        },
      })
      .build()
      .run("", { signal: controller.signal })
  )._unsafeUnwrapErr();
  expect(cancelled).toMatchObject({ type: "cancelled", reason: "stop" });
  const clash = loose()
    .state({ k: 0 })
    .settle("s", { a: { flow: (b: any) => b.parallel("p", { x: ({ set }: any) => set({ k: 1 }), y: ({ set }: any) => set({ k: 2 }) }) } })
    .build();
  expect((await clash.run(""))._unsafeUnwrapErr()).toMatchObject({ type: "state_conflict", key: "k", path: "s/a/p" });
});

test("PA08 arms that still wait for their turn never start", async () => {
  let started = 0;
  const arms = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [
      `a${index}`,
      async () => {
        started++;
        await sleep(1);
        if (index === 2) fail();
        await sleep(5);
      },
    ]),
  );
  for (const [limits, run] of [
    [{ concurrency: 4 }, {}],
    [{}, { concurrency: 4 }],
  ]) {
    started = 0;
    const failure = (await loose().parallel("p", arms, limits).build().run("", run))._unsafeUnwrapErr();
    expect(failure.path).toBe("p/a2");
    expect(started).toBe(4);
  }
  started = 0;
  await loose()
    .map(
      "m",
      () => Array(1_000).fill(0),
      async () => {
        started++;
        await null;
        fail();
      },
      { concurrency: 4 },
    )
    .build()
    .run("");
  expect(started).toBe(4);
});

describe("PA09 race", () => {
  test("the first success wins, and the losers are aborted", async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const plan = loose()
      .race("r", {
        slow: async ({ signal }: any) => {
          try {
            await clock.wait(50, signal);
          } catch (error: any) {
            seen.push(error.message);
            throw error;
          }
        },
        bad: fail,
        quick: () => clock.wait(10).then(() => "quick"),
        flow: { flow: (b: any) => b.then("f1", () => "inner").then("f2", ({ signal }: any) => clock.wait(60, signal)) },
      })
      .then("look", ({ steps }: any) => Object.keys(steps))
      .build();
    const run = ((await clock.until(plan.run("", { clock }))) as any)._unsafeUnwrap();
    expect(run.steps.r).toBe("quick");
    expect(run.steps.quick).toBe("quick");
    expect(seen[0]).toContain("won");
    expect(clock.now()).toBe(10);
    expect(run.output).toEqual(["r", "quick"]);
    expect(run.record("r")).toMatchObject({ route: "quick", status: "completed" });
  });

  test("all fail: the first in time, in one tick the first declared, with the others beside it", async () => {
    const failure = (
      await loose()
        .race("r", {
          a: async () => {
            await null;
            await null;
            throw new Error("a");
          },
          b: async () => {
            throw new Error("b");
          },
          c: fail,
        })
        .build()
        // A clock of its own: on a busy machine real time could end the tick between two arms.
        .run("", { clock: new VirtualClock() })
    )._unsafeUnwrapErr();
    expect(failure.cause.message).toBe("a");
    expect(failure.suppressed.map(({ cause }: any) => cause.message)).toEqual(["b", "boom"]);
    const later = (
      await loose()
        .race("r", {
          // Two rounds of the event loop, so that it is another tick also where the machine is slow to begin with the first.
          a: () => immediate().then(immediate).then(fail),
          b: async () => {
            throw new Error("b");
          },
        })
        .build()
        .run("")
    )._unsafeUnwrapErr();
    expect([later.cause.message, later.suppressed[0].cause.message]).toEqual(["b", "boom"]);
  });

  test("two successes in one tick: one winner, always the same", async () => {
    for (let turn = 0; turn < 50; turn++)
      expect(
        (
          await loose()
            .race("r", { a: async () => "a", b: async () => "b" })
            .build()
            .run("")
        )._unsafeUnwrap().output,
      ).toBe("a");
  });

  test("a group in which everybody fails while it is cancelled ends as cancelled", async () => {
    const controller = new AbortController();
    const result = loose()
      .race("r", { a: ({ signal }: any) => untilAborted(signal).catch(fail), b: ({ signal }: any) => untilAborted(signal) })
      .build()
      .run("", { signal: controller.signal });
    controller.abort("stop");
    expect((await result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", suppressed: [{ path: "r/a" }] });
  });
});

test("PA10 limit 4, 1,000 arms, any order of completion: never above 4, and 4 are reached", async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(7)), fc.boolean(), async (picks, own) => {
      let running = 0;
      let most = 0;
      const open: (() => void)[] = [];
      const body = () => {
        most = Math.max(most, ++running);
        return new Promise<void>((resolve) =>
          open.push(() => {
            running--;
            resolve();
          }),
        );
      };
      const plan = loose()
        .map("m", () => Array(40).fill(0), body, own ? { concurrency: 4 } : {})
        .build();
      let over = false;
      const result = plan.run("", own ? {} : { concurrency: 4 }).map(() => {
        over = true;
      });
      while (!over) {
        const [finish] = open.splice((picks.next().value ?? 0) % Math.max(1, open.length), 1);
        finish?.();
        // The scheduler may be giving the process its turn.
        if (open.length === 0) await new Promise((resolve) => setImmediate(resolve));
        await null;
      }
      await result;
      expect(most).toBe(4);
    }),
    { numRuns: 300, seed: 10 },
  );
  let running = 0;
  let most = 0;
  const arms = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [
      `a${index}`,
      async () => {
        most = Math.max(most, ++running);
        await settleSome(index);
        running--;
      },
    ]),
  );
  expect((await loose().parallel("p", arms, { concurrency: 4 }).build().run("")).isOk()).toBe(true);
  expect(most).toBe(4);
});

async function settleSome(index: number): Promise<void> {
  for (let turn = 0; turn < (index * 7919) % 5; turn++) await null;
}

describe("PA14 one arm waits for an answer while another fails", () => {
  const ran: string[] = [];
  const plan = workflow("w")
    .parallel("p", {
      a: { flow: (b) => b.waitFor("sure", z.boolean()).tap("after", () => void ran.push("after")) },
      b: async () => {
        await sleep(1);
        return fail();
      },
    })
    .build();

  test("run(): the failure is the one outcome, since the run could still go on when it came", async () => {
    const failure = (await plan.run(""))._unsafeUnwrapErr();
    expect([failure.type, failure.path, failure.suppressed]).toEqual(["step_failed", "p/b", []]);
  });

  test("start(): an answer that comes after that is refused, and nothing runs", async () => {
    const handle = plan.start("");
    const failure = (await handle.result)._unsafeUnwrapErr();
    expect([failure.type, failure.path, handle.waits]).toEqual(["step_failed", "p/b", []]);
    expect((await handle.answer("sure", true))._unsafeUnwrapErr().reason).toBe("over");
    await sleep(5);
    expect(ran).toEqual([]);
  });
});

describe("PA15 cleanup in an aborted arm", () => {
  test.each([
    ["succeeds", false],
    ["throws", true],
  ])("is waited for, within the grace; it %s", async (_, throws) => {
    const clock = new VirtualClock();
    let cleaned = false;
    const failure = (
      (await clock.until(
        loose()
          .parallel("p", {
            a: async ({ signal }: any) => {
              try {
                await untilAborted(signal);
              } finally {
                await clock.wait(50);
                cleaned = true;
                if (throws) throw new Error("cleanup");
              }
            },
            b: () => clock.wait(5).then(fail),
          })
          .build()
          .run("", { clock }),
      )) as any
    )._unsafeUnwrapErr();
    expect([cleaned, failure.cause, clock.now()]).toEqual([true, boom, 55]);
    expect(failure.suppressed.map(({ cause, path }: any) => [cause.message, path])).toEqual(throws ? [["cleanup", "p/a"]] : []);
    expect(clock.pending).toBe(0);
  });

  test("what an aborted arm hands back all the same is kept in steps", async () => {
    const failure = (
      await loose()
        .parallel("p", {
          a: async ({ signal }: any) => {
            await untilAborted(signal).catch(() => {});
            return "partial";
          },
          done: () => "done",
          b: async () => {
            await settle();
            fail();
          },
        })
        .build()
        .run("")
    )._unsafeUnwrapErr();
    expect(failure.steps).toMatchObject({ done: "done" });
  });
});

test("PA16 100,000 items with no limit given: 16 at once, and all done", async () => {
  let running = 0;
  let most = 0;
  const plan = loose()
    .map(
      "m",
      () => Array(100_000).fill(1),
      async ({ last }: any) => {
        most = Math.max(most, ++running);
        await null;
        running--;
        return last;
      },
    )
    .build();
  const unhandled = await unhandledIn(async () => {
    const run = (await plan.run(""))._unsafeUnwrap();
    expect(run.output).toHaveLength(100_000);
    expect(run.trace.length).toBeLessThan(1_100);
    expect(run.record("m")).toMatchObject({ count: 100_000, omitted: 99_000 });
  });
  expect([most, unhandled.length]).toEqual([16, 0]);
});

// Cancellation. CA14 and CA15 again, with more of what may come of them: test/durable/cancel.test.ts, drain.test.ts, test/server.
import { getEventListeners } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { sqliteJournal } from "heddle/sqlite";
import { beforeEach, describe, expect, test } from "vitest";
import { longPlan, orderPlan } from "../durable/control-plan.ts";
import { loose } from "../support/loose.ts";
import { deferred, sleep, unhandledIn, untilAborted } from "../support/promises.ts";
import { talking } from "../support/talking.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const cancelOf = async (chain: any, reason: unknown, after: (clock: VirtualClock) => Promise<unknown>, options: any = {}) => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const types: string[] = [];
  const result = chain(clock)
    .build()
    .run("", { clock, signal: controller.signal, observe: ({ type }: any) => types.push(type), ...options });
  await after(clock);
  controller.abort(reason);
  const failure = ((await clock.until(result)) as any)._unsafeUnwrapErr();
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  expect(clock.pending).toBe(0);
  return { failure, types, clock };
};

test("CA01 aborted before the run: no step is called or recorded, and the reason is kept", async () => {
  const reason = { why: "early" };
  let called = false;
  const failure = (
    await loose()
      .then("a", () => {
        called = true;
      })
      .build()
      .run("", { signal: AbortSignal.abort(reason) })
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "cancelled", step: "", path: "", trace: [], steps: {} });
  expect([failure.reason, failure.cause, called]).toEqual([reason, reason, false]);
  expect(failure.reason).toBe(reason);
});

test("CA02 in a long pause: at once, with the attempts that were made in the trace", async () => {
  const { failure, clock } = await cancelOf(
    () =>
      loose()
        .then("before", () => "done")
        .then(
          "a",
          () => {
            throw new Error("no");
          },
          { retries: { max: 9, initial: 10_000, jitter: "none" } },
        ),
    "stop",
    (time) => time.advance(10_001),
  );
  expect([failure.type, clock.now()]).toEqual(["cancelled", 10_001]);
  expect(failure.steps).toEqual({ before: "done" });
  expect(failure.trace[1]).toMatchObject({ status: "cancelled", attempts: 2 });
  expect(failure.trace[1].retried).toHaveLength(2);
});

test("CA03 one who waits for a permit leaves the queue, and the next one gets it", async () => {
  const clock = new VirtualClock();
  const order: string[] = [];
  const hold = deferred();
  const after = (name: string) => ({ flow: (b: any) => b.sleep(`${name} sleeps`, 1).then(`${name} runs`, () => void order.push(name)) });
  // `c` gives up while it waits: its group's time is over.
  const plan = loose()
    .settle("s", {
      a: { flow: (b: any) => b.sleep("wait", 0).then("holds", () => hold.promise) },
      c: { flow: (b: any) => b.parallel("g", { c1: after("c") }, { timeout: 5 }) },
      d: after("d"),
    })
    .build();
  const result = plan.run("", { clock, concurrency: 1 });
  await clock.advance(10);
  expect(order).toEqual([]);
  hold.resolve();
  const run = ((await clock.until(result)) as any)._unsafeUnwrap();
  expect(order).toEqual(["d"]);
  expect(run.output).toMatchObject({
    a: { ok: true },
    c: { ok: false, error: { type: "step_timed_out", path: "s/c/g" } },
    d: { ok: true },
  });
});

test("CA04 five nested groups: every leaf sees it, and one `cancelled` comes out", async () => {
  const reasons: unknown[] = [];
  const leaf = ({ signal }: any) =>
    untilAborted(signal).catch((error) => {
      reasons.push(error);
      throw error;
    });
  let level: any = { flow: (b: any) => b.then("deepest", leaf) };
  for (let depth = 5; depth > 0; depth--) {
    const inner = level;
    level = {
      flow: (b: any) =>
        b[["parallel", "settle", "race"][depth % 3] as string](`g${depth}`, { [`leaf${depth}`]: leaf, [`arm${depth}`]: inner }),
    };
  }
  const reason = new Error("all of it");
  const { failure, types } = await cancelOf(
    () => loose().parallel("top", { level }),
    reason,
    (clock) => clock.advance(1),
  );
  expect([failure.type, failure.suppressed]).toEqual(["cancelled", []]);
  expect(failure.reason).toBe(reason);
  expect(reasons).toEqual(Array(6).fill(reason));
  expect(types.filter((type) => type === "step.started")).toHaveLength(types.filter((type) => type === "step.failed").length);
});

test("CA05 after the end, and twice: nothing happens", async () => {
  const types: string[] = [];
  const handle = loose()
    .then("a", () => 1)
    .build()
    .start("", { observe: ({ type }: any) => types.push(type) });
  expect((await handle.result).isOk()).toBe(true);
  const seen = types.length;
  handle.cancel("late");
  handle.cancel("later");
  await sleep(5);
  expect(types).toHaveLength(seen);
  const { failure, types: others } = await cancelOf(
    () => loose().then("a", ({ signal }: any) => untilAborted(signal)),
    "once",
    (clock) => clock.advance(1),
  );
  expect([failure.reason, others.filter((type) => type === "run.failed")]).toEqual(["once", ["run.failed"]]);
});

test("CA05 cancelled before it began: run.started, then run.failed, and no step", async () => {
  const types: string[] = [];
  const handle = loose()
    .then("a", () => 1)
    .build()
    .start("", { observe: ({ type }: any) => types.push(type) });
  handle.cancel("at once");
  expect((await handle.result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "at once", trace: [] });
  expect(types).toEqual(["run.started", "run.failed"]);
});

test("CA06 10,000 steps under one signal: no warning, few listeners in the run, none after", async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(warning.name);
  process.on("warning", onWarning);
  const controller = new AbortController();
  let most = 0;
  const plan = loose()
    .loop(
      "l",
      ({ signal }: any) => {
        void signal.aborted;
        most = Math.max(most, getEventListeners(controller.signal, "abort").length);
      },
      { until: () => false, max: 10_000 },
    )
    .build();
  for (const run of await Promise.all(Array.from({ length: 3 }, () => plan.run("", { signal: controller.signal }))))
    expect(run.isOk()).toBe(true);
  await sleep(5);
  process.off("warning", onWarning);
  expect(most).toBeLessThanOrEqual(3);
  expect([getEventListeners(controller.signal, "abort").length, warnings]).toEqual([0, []]);
});

test("CA08 the reason is kept, whatever it is, and nothing is left unhandled", async () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error("get");
      },
      getPrototypeOf() {
        throw new Error("proto");
      },
    },
  );
  const unhandled = await unhandledIn(async () => {
    for (const reason of ["text", { an: "object" }, new Error("error"), null, 0, hostile, () => 1]) {
      const { failure } = await cancelOf(
        () =>
          loose().parallel("p", {
            a: ({ signal }: any) => untilAborted(signal),
            b: async ({ signal }: any) => {
              await untilAborted(signal).catch(() => {});
              throw new Error("own");
            },
          }),
        reason,
        (clock) => clock.advance(1),
      );
      expect(failure.type).toBe("cancelled");
      expect(Object.is(failure.reason, reason)).toBe(true);
      expect(failure.suppressed).toHaveLength(1);
    }
    const { failure } = await cancelOf(
      () => loose().then("a", ({ signal }: any) => untilAborted(signal)),
      undefined,
      (clock) => clock.advance(1),
    );
    expect([failure.reason.name, failure.message]).toEqual(["AbortError", "The run was cancelled"]);
  });
  expect(unhandled).toEqual([]);
});

describe("CA09 cancelled from inside", () => {
  test("by a step: the run ends, and what comes after never begins", async () => {
    for (const async of [false, true]) {
      const controller = new AbortController();
      const types: string[] = [];
      let reached = false;
      const stop = () => {
        controller.abort("self");
        return 1;
      };
      const failure = (
        await loose()
          .then(
            "a",
            async
              ? async () => {
                  await null;
                  return stop();
                }
              : stop,
          )
          .then("b", () => {
            reached = true;
          })
          .build()
          .run("", { signal: controller.signal, observe: ({ type }: any) => types.push(type) })
      )._unsafeUnwrapErr();
      expect([failure.type, failure.reason, failure.steps, reached]).toEqual(["cancelled", "self", { a: 1 }, false]);
      expect(types.filter((type) => type.startsWith("run."))).toEqual(["run.started", "run.failed"]);
    }
  });
  test.each(["run.started", "step.started", "step.completed", "step.retrying", "loop.iteration"])("by a listener, at %s", async (at) => {
    const controller = new AbortController();
    const types: string[] = [];
    let calls = 0;
    const plan = loose()
      .then(
        "a",
        ({ attempt }: any) => {
          calls++;
          if (attempt === 1) throw 1;
          return 1;
        },
        { retries: { max: 1, initial: 0 } },
      )
      .loop("l", { flow: (b: any) => b.then("i", () => calls++) }, { until: () => false, max: 50 })
      .then("z", () => new Promise(() => {}))
      .build();
    const failure = (
      await plan.run("", {
        signal: controller.signal,
        observe: ({ type }: any) => {
          types.push(type);
          if (type === at) controller.abort(at);
        },
      })
    )._unsafeUnwrapErr();
    expect([failure.type, failure.reason, types.filter((type) => type === "run.failed")]).toEqual(["cancelled", at, ["run.failed"]]);
    expect(types.at(-1)).toBe("run.failed");
    expect(types.filter((type) => type === "step.started").length).toBe(
      types.filter((type) => type === "step.completed" || type === "step.failed").length,
    );
    if (at === "run.started" || at === "step.started") expect(calls).toBe(0);
  });
});

test("CA10 abort and success in one tick, in both orders: one outcome each time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(["abort", "a", "b"] as const, { minLength: 3 }),
      fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
      async (order, waits) => {
        const controller = new AbortController();
        const gates = { a: deferred<number>(), b: deferred<number>() };
        const types: string[] = [];
        const result = loose()
          .parallel("p", { a: () => gates.a.promise, b: () => gates.b.promise })
          .build()
          .run("", { signal: controller.signal, grace: 5, observe: ({ type }: any) => types.push(type) });
        for (const [index, what] of order.entries()) {
          for (let turn = 0; turn < (waits[index] ?? 0); turn++) await null;
          if (what === "abort") controller.abort("now");
          else gates[what].resolve(1);
        }
        const outcome = await result;
        // In one microtask turn a step's value is on its way when the abort comes: the run was still going, so it is cancelled.
        if (order[2] !== "abort") expect(outcome.isErr()).toBe(true);
        expect(types.filter((type) => type.startsWith("run.")).length).toBe(2);
        expect(types.filter((type) => type === "step.started").length).toBe(
          types.filter((type) => type === "step.completed" || type === "step.failed").length,
        );
      },
    ),
    { numRuns: 300, seed: 10 },
  );
});

describe("CA12 what a step does about its abort", () => {
  const rest = (clock: VirtualClock, ms: number) => (ms === 0 ? null : clock.wait(ms));
  const cases: readonly (readonly [string, (ctx: any, clock: VirtualClock, ms: number) => Promise<unknown>, string, number])[] = [
    [
      "returns normally",
      async ({ signal }, clock, ms) => {
        await untilAborted(signal).catch(() => {});
        await rest(clock, ms);
        return "all the same";
      },
      "completed",
      0,
    ],
    [
      "throws another error",
      async ({ signal }, clock, ms) => {
        await untilAborted(signal).catch(() => {});
        await rest(clock, ms);
        throw new Error("other");
      },
      "failed",
      1,
    ],
    [
      "rethrows",
      async ({ signal }, clock, ms) => {
        try {
          return await untilAborted(signal);
        } finally {
          await rest(clock, ms);
        }
      },
      "cancelled",
      0,
    ],
  ];
  for (const [name, step, status, suppressed] of cases) {
    test.each([
      ["at once", 0],
      ["after cleaning up", 50],
    ])(`${name}, %s`, async (_, ms) => {
      const { failure, clock } = await cancelOf(
        (time: VirtualClock) =>
          loose()
            .then("a", (ctx: any) => step(ctx, time, ms))
            .then("b", () => 1),
        "stop",
        (time) => time.advance(10),
      );
      expect(failure).toMatchObject({ type: "cancelled", reason: "stop" });
      expect([failure.trace[0].status, failure.suppressed.length, clock.now(), "a" in failure.steps]).toEqual([
        status,
        suppressed,
        10 + ms,
        status === "completed",
      ]);
    });
  }
  test("never settles: the run ends with the grace", async () => {
    const { failure, clock } = await cancelOf(
      () => loose().then("a", () => new Promise(() => {})),
      "stop",
      (time) => time.advance(10),
      { grace: 200 },
    );
    expect([failure.type, clock.now()]).toEqual(["cancelled", 210]);
  });
});

test("CA04 a signal that an earlier step kept aborts too, though nothing of its group runs at the time", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const heard: unknown[] = [];
  const inner = (b: any) =>
    b
      .then("keeps", ({ signal }: any) => {
        signal.addEventListener("abort", () => heard.push(signal.reason));
        setImmediate(() => abort.abort("stop"));
      })
      .sleep("pause", 1e9);
  const plan = loose()
    .parallel("p", { a: { flow: inner } })
    .build();
  const failure = (await plan.run("", { clock, signal: abort.signal }))._unsafeUnwrapErr();
  expect(failure.type).toBe("cancelled");
  expect(heard).toEqual(["stop"]);
});

describe("CA13 what undoes is shielded from the cancel", () => {
  const undoable = (clock: VirtualClock, run: unknown, more: object = {}) =>
    loose()
      .then("charge", () => "receipt", { undo: { run, ...more } })
      .then("wait", ({ signal }: any) => clock.wait(10_000, signal));

  test("it runs to its end, though that takes longer than the grace, and its own signal is not aborted", async () => {
    const seen: unknown[] = [];
    const { failure, clock, types } = await cancelOf(
      (clock: VirtualClock) =>
        undoable(clock, async (output: unknown, { signal }: any) => {
          await clock.wait(700, signal);
          seen.push([output, signal.aborted]);
        }),
      "stop",
      (clock) => clock.advance(100),
      { grace: 50, timeout: 500 },
    );
    expect(seen).toEqual([["receipt", false]]);
    expect(failure).toMatchObject({ type: "cancelled", reason: "stop", suppressed: [] });
    expect(clock.now()).toBe(800);
    expect(types.slice(-3)).toEqual(["step.started", "step.completed", "run.failed"]);
  });

  test("its own time limit ends it, unless it has been told otherwise after 30 s", async () => {
    for (const [more, limit] of [
      [{ timeout: 200 }, 200],
      [{}, 30_000],
    ] as const) {
      let aborted: unknown;
      const { failure, clock } = await cancelOf(
        (clock: VirtualClock) =>
          undoable(
            clock,
            async (_: unknown, { signal }: any) => {
              await untilAborted(signal).catch((reason: any) => {
                aborted = [clock.now(), reason.name];
                throw reason;
              });
            },
            more,
          ),
        "stop",
        (clock) => clock.advance(100),
      );
      expect(failure).toMatchObject({ type: "cancelled", reason: "stop" });
      expect(failure.suppressed).toMatchObject([{ type: "step_timed_out", path: "charge/undo", timeout: limit }]);
      expect([aborted, clock.now()]).toEqual([[100 + limit, "TimeoutError"], 100 + limit]);
    }
  });

  test("it is tried again, and neither a second cancel nor the run's time keeps it from that", async () => {
    const clock = new VirtualClock();
    let tries = 0;
    const run = () => {
      handle.cancel("again");
      if (++tries < 3) throw new Error("not yet");
    };
    const handle = undoable(clock, run, { retries: { max: 2, initial: 1_000, factor: 1, jitter: "none" } })
      .build()
      .start("", { clock, timeout: 600 });
    await clock.advance(100);
    handle.cancel("stop");
    const failure = ((await clock.until(handle.result)) as any)._unsafeUnwrapErr();
    expect([failure.type, failure.reason, failure.suppressed, tries, clock.now()]).toEqual(["cancelled", "stop", [], 3, 2_100]);
    expect(clock.pending).toBe(0);
  });

  test("an arm that a sibling's failure stopped is undone by nobody but the run, or a handler that says so", async () => {
    const lines: string[] = [];
    const plan = (undo: boolean) =>
      loose()
        .parallel("p", {
          a: {
            flow: (b: any) =>
              b.then("charge", () => "a", { undo: () => void lines.push("undo") }).then("wait", ({ signal }: any) => untilAborted(signal)),
          },
          b: async () => {
            await sleep(1);
            throw new Error("no");
          },
        })
        .catch("handled", () => void lines.push("handled"), { undo })
        .build();
    expect((await plan(false).run("")).isOk()).toBe(true);
    expect(lines).toEqual(["handled"]);
    expect((await plan(true).run("")).isOk()).toBe(true);
    expect(lines).toEqual(["handled", "undo", "handled"]);
  });
});

describe("CA14, CA15 a run of another process", () => {
  const child = new URL("../durable/control-child.ts", import.meta.url);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "heddle-ca-"));
    return () => rm(folder, { recursive: true, force: true });
  });

  test("CA14 that waits for approval: it ends as cancelled, and an approval that comes later is refused", async () => {
    const [file, ledger] = [join(folder, "runs.db"), join(folder, "ledger")];
    await using owner = talking(child, ["order", file, ledger]);
    await owner.says("waits");
    const journal = sqliteJournal(file);
    const plan = orderPlan(ledger);
    expect((await plan.cancel("r", { journal, reason: "no" }))._unsafeUnwrap()).toBe("recorded");
    expect(await owner.says("ended")).toBe("cancelled");
    const late = (await plan.answer("r", "approval", { approved: true }, { journal }))._unsafeUnwrapErr();
    expect(late).toMatchObject({ type: "answer_refused", reason: "over" });
    expect((await journal.find("r"))._unsafeUnwrap().status).toBe("cancelled");
    expect(await readFile(ledger, "utf8")).toBe("charge r/charge\nrefund book\n");
    await journal.close();
  });

  test("CA15 that gets SIGTERM: what runs gets its signal, the drain is bounded, and the journal goes on", async () => {
    const [file, ledger] = [join(folder, "runs.db"), join(folder, "ledger")];
    await using owner = talking(child, ["long", file, ledger]);
    while (!(await readFile(ledger, "utf8").catch(() => "")).includes("heeds 1")) await sleep(10);
    const from = performance.now();
    await owner.end("SIGTERM");
    expect(performance.now() - from).toBeLessThan(2_000);
    expect([await owner.says("ended"), await owner.ended]).toEqual(["interrupted", { code: 0, signal: null }]);
    expect(await readFile(ledger, "utf8")).toContain("heeds is told");
    const journal = sqliteJournal(file);
    expect((await longPlan(ledger).resume("r", { journal }))._unsafeUnwrap().output.heeds).toBe(2);
    await journal.close();
    expect((await readFile(ledger, "utf8")).match(/first|undone/g)).toEqual(["first"]);
  });
});

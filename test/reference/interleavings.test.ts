import fc from "fast-check";
import { workflow } from "heddle";
import { expect, test } from "vitest";

/*
 * Every order in which promises can settle, by fast-check's scheduler: what happens in one tick of real time, where the
 * fuzzer's virtual clock has one order only. Time is a scheduled task here: a timer fires when the scheduler says so.
 */

const runs = { numRuns: 1_000 };

// The scheduler is drawn last: it copies the state of the random numbers, and what is drawn after it would go along with its choices.

/** A clock without time of its own: timers are tasks of the scheduler, in any order with everything else. */
function scheduledClock(scheduler: fc.Scheduler): {
  now(): number;
  date(): number;
  timer(ms: number, fire: () => void): () => void;
  readonly armed: () => number;
} {
  let armed = 0;
  return {
    now: () => 0,
    date: () => 0,
    timer: (ms, fire) => {
      let over = false;
      armed++;
      const end = () => {
        if (over) return false;
        over = true;
        armed--;
        return true;
      };
      void scheduler.schedule(Promise.resolve(), `timer of ${ms} ms`).then(() => {
        if (end()) fire();
      });
      return () => void end();
    },
    armed: () => armed,
  };
}

const told = (events: readonly string[], type: RegExp) => events.filter((event) => type.test(event));

test("TO10 a result and its timeout in one tick: one outcome, one terminal event, in every order", async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.boolean(), fc.scheduler(), async (fails, listens, scheduler) => {
      const clock = scheduledClock(scheduler);
      const events: string[] = [];
      const plan = workflow("tick")
        .then(
          "step",
          async ({ signal }) => {
            if (listens) signal.addEventListener("abort", () => {});
            await scheduler.schedule(Promise.resolve(), "result");
            if (fails) throw new Error("no");
            return 1;
          },
          { timeout: 5 },
        )
        .build();
      const running = plan.run("in", { clock, grace: 5, observe: ({ type }) => void events.push(type) });
      await scheduler.waitFor(Promise.resolve(running));
      const result = await running;
      await scheduler.waitAll();
      outcomes.add(
        result.match(
          (run) => String(run.output),
          ({ type }) => type,
        ),
      );
      expect(told(events, /^run\.(completed|failed)$/)).toHaveLength(1);
      expect(told(events, /^step\.(completed|failed)$/)).toHaveLength(1);
      expect(result.isOk() ? "step.completed" : "step.failed").toBe(told(events, /^step\.(completed|failed)$/)[0]);
      expect(events.at(-1)).toMatch(/^run\./);
      expect(clock.armed()).toBe(0);
    }),
    runs,
  );
  // Otherwise the scheduler did not look.
  expect([...outcomes].sort()).toEqual(["1", "step_failed", "step_timed_out"]);
});

test("CA10 an abort and a success in one tick: one outcome, and nothing begins after the abort", async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.scheduler(), async (steps, scheduler) => {
      const clock = scheduledClock(scheduler);
      const caller = new AbortController();
      const events: string[] = [];
      let aborted = false;
      let late = 0;
      let chain = workflow("tick").then("step0", () => scheduler.schedule(Promise.resolve(0), "step0"));
      for (let at = 1; at < steps; at++) {
        chain = chain.then(`step${at}`, async () => {
          if (aborted) late++;
          await scheduler.schedule(Promise.resolve(), `step${at}`);
          return at;
        }) as unknown as typeof chain;
      }
      const running = chain.build().run("in", { clock, grace: 5, signal: caller.signal, observe: ({ type }) => void events.push(type) });
      void scheduler.schedule(Promise.resolve(), "abort").then(() => {
        aborted = true;
        caller.abort("why");
      });
      await scheduler.waitFor(Promise.resolve(running));
      const result = await running;
      await scheduler.waitAll();
      outcomes.add(
        result.match(
          () => "output",
          ({ type }) => type,
        ),
      );
      expect(late).toBe(0);
      expect(told(events, /^run\.(completed|failed)$/)).toHaveLength(1);
      expect(told(events, /^step\.started$/)).toHaveLength(told(events, /^step\.(completed|failed)$/).length);
      if (result.isErr() && result.error.type === "cancelled") expect(result.error.reason).toBe("why");
      expect(clock.armed()).toBe(0);
    }),
    runs,
  );
  expect([...outcomes].sort()).toEqual(["cancelled", "output"]);
});

test("PA10 PA12 permits under cancel at every point: never more than the limit, and all of them come back", async () => {
  const reached = new Map<number, number>();
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.scheduler(),
      async (cancelAt, limit, scheduler) => {
        const clock = scheduledClock(scheduler);
        const caller = new AbortController();
        let under = 0;
        let most = 0;
        let point = 0;
        const pass = () => {
          if (++point === cancelAt) caller.abort();
        };
        // Keeps to its signal at once, so that it holds its permit as long as it is under way.
        const work = async ({ signal }: { readonly signal: AbortSignal }) => {
          most = Math.max(most, ++under);
          pass();
          const { promise, reject } = Promise.withResolvers<never>();
          const stop = () => {
            under--;
            reject(signal.reason);
          };
          if (signal.aborted) stop();
          else signal.addEventListener("abort", stop, { once: true });
          return Promise.race([
            promise,
            scheduler.schedule(Promise.resolve(), "work").then(() => {
              if (signal.aborted) return 0;
              signal.removeEventListener("abort", stop);
              under--;
              pass();
              return 1;
            }),
          ]);
        };
        const plan = workflow("permits")
          .parallel("all", {
            each: { flow: (b) => b.map("items", () => [1, 2, 3, 4, 5, 6], work) },
            quick: { flow: (b) => b.race("either", { left: work, right: work }).then("next", work) },
            slow: { do: work, retries: { max: 9, initial: 1, jitter: "none" }, timeout: 3 },
          })
          .settle("after", { one: work, two: work, three: work, four: work, five: work })
          .build();
        const running = plan.run("in", { clock, grace: Number.POSITIVE_INFINITY, concurrency: limit, signal: caller.signal });
        await scheduler.waitFor(Promise.resolve(running));
        const result = await running;
        outcomes.add(
          result.match(
            () => "output",
            ({ type }) => type,
          ),
        );
        reached.set(limit, Math.max(most, reached.get(limit) ?? 0));
        expect(most).toBeLessThanOrEqual(limit);
        expect(under).toBe(0);
        await scheduler.waitAll();
        // A lost permit would show as a run that ends no more: `settle` needs all of them, one after another.
        expect(clock.armed()).toBe(0);
      },
    ),
    runs,
  );
  expect([...outcomes]).toEqual(expect.arrayContaining(["cancelled", "output"]));
  expect([...reached].sort()).toEqual([1, 2, 3, 4].map((limit) => [limit, limit]));
});

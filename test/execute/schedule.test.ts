import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { ScriptedRun } from "./scripted-port.ts";

const never = () => {
  throw new Error("Expected no user code to be called");
};
const terminal = (run: ScriptedRun) =>
  run.events.filter(({ type }) => /^step\.(completed|failed)$/.test(type)).map(({ type, path }) => `${type} ${path}`);

test("a run is what its recorded outcomes say: no user code, no clock, no promise", () => {
  const plan = loose()
    .then("a", never)
    .parallel("p", { x: never, y: { flow: (b: any) => b.then("y1", never).then("y2", never) } })
    .branch("b", never, { yes: never, no: never })
    .loop("l", never, { until: never, max: 5 })
    .build();
  const run = new ScriptedRun(plan).start();
  run.returns("a@1", 1);
  expect([...run.calls.keys()]).toEqual(["p/x@1", "p/y/y1@1"]);
  run.returns("p/y/y1@1", "y1");
  run.returns("p/x@1", "x");
  run.returns("p/y/y2@1", "y2");
  run.returns("b@1", false);
  run.returns("b/no@1", "no");
  run.returns("l#1@1", "turn 1");
  run.returns("l#1@1", false);
  run.returns("l#2@1", "turn 2");
  run.returns("l#2@1", true);
  expect(run.ended).toEqual([{ value: "turn 2" }]);
  expect([run.timers, run.timersSet]).toEqual([[], []]);
});

describe("two things in one tick, in both orders", () => {
  const timed = () => new ScriptedRun(loose().then("a", never, { timeout: 100 }).build(), { grace: 50 }).start();

  test("a result before its timeout is a result, one after it is a timeout, and there is one end", () => {
    const early = timed();
    early.returns("a@1", "value");
    expect(early.fireNext()).toBe(false);
    expect(early.ended).toEqual([{ value: "value" }]);
    for (const answer of ["returns", "throws"] as const) {
      const late = timed();
      late.fireNext();
      late[answer]("a@1", "late");
      expect(late.ended).toMatchObject([{ failure: { type: "step_timed_out", path: "a" } }]);
      expect([terminal(late), late.timers]).toEqual([["step.failed a"], []]);
    }
    const silent = timed();
    silent.fireNext();
    silent.fireNext();
    expect(silent.now()).toBe(150);
    silent.returns("a@1", "too late");
    expect(silent.ended).toMatchObject([{ failure: { type: "step_timed_out" } }]);
  });

  test("abort and success", () => {
    const success = new ScriptedRun(loose().then("a", never).build()).start();
    success.returns("a@1", "value");
    success.scheduler.cancel("late");
    expect(success.ended).toEqual([{ value: "value" }]);
    const abort = new ScriptedRun(loose().then("a", never).build()).start();
    abort.scheduler.cancel("now");
    expect(abort.ended).toEqual([]);
    abort.returns("a@1", "value");
    expect(abort.ended).toMatchObject([{ failure: { type: "cancelled", reason: "now", suppressed: [] } }]);
    expect(terminal(abort)).toEqual(["step.completed a"]);
  });

  test("a failure and a cancel: the first is the primary", () => {
    const arms = () => new ScriptedRun(loose().parallel("p", { a: never, b: never }).build()).start();
    const failed = arms();
    failed.throws("p/a@1", "boom");
    failed.scheduler.cancel("after");
    failed.returns("p/b@1");
    // The group was over in failing, but the run was not: it ends as the caller wished, with the failure beside it.
    expect(failed.ended).toMatchObject([{ failure: { type: "cancelled", suppressed: [{ cause: "boom" }] } }]);
    const cancelled = arms();
    cancelled.scheduler.cancel("before");
    cancelled.throws("p/a@1", "boom");
    cancelled.returns("p/b@1");
    expect(cancelled.ended).toMatchObject([{ failure: { type: "cancelled", suppressed: [{ cause: "boom" }] } }]);
  });

  test("failures of one tick go in declared order, those of later ones after them", () => {
    for (const [order, tickBetween, expected] of [
      [["b", "a"], false, ["a", "b"]],
      [["b", "a"], true, ["b", "a"]],
      [["a", "b"], false, ["a", "b"]],
    ] as const) {
      const run = new ScriptedRun(loose().parallel("p", { a: never, b: never }).build()).start();
      for (const arm of order) {
        run.throws(`p/${arm}@1`, arm);
        if (tickBetween) run.nextTick();
      }
      expect(run.ended).toMatchObject([{ failure: { cause: expected[0], suppressed: [{ cause: expected[1] }] } }]);
    }
  });
});

test("what may be an answer to an abort comes after what brought it about, wherever it is declared", () => {
  for (const listens of [true, false]) {
    const run = new ScriptedRun(loose().parallel("p", { first: never, second: never }).build()).start();
    if (listens) expect(run.calls.get("p/first@1")?.context?.signal.aborted).toBe(false);
    run.throws("p/second@1", "second");
    run.throws("p/first@1", "first");
    const [primary, beside] = listens ? ["second", "first"] : ["first", "second"];
    expect(run.ended).toMatchObject([{ failure: { cause: primary, suppressed: [{ cause: beside }] } }]);
  }
});

describe("a run that computes for long lets the rest of the process have its turns", () => {
  /** How often the event loop came round while a run took so many steps of so many ms. */
  async function turns(steps: number, ms: number, grows: (chain: any, step: () => void) => any): Promise<number> {
    let now = 0;
    const clock = { now: () => now, date: () => now, timer: () => () => {} };
    let count = 0;
    let over = false;
    const comesRound = () => {
      count++;
      if (!over) setImmediate(comesRound);
    };
    const takesTime = () => {
      now += ms;
    };
    const running = grows(loose(), takesTime).build().run(steps, { clock });
    setImmediate(comesRound);
    (await running)._unsafeUnwrap();
    over = true;
    return count;
  }
  const shapes: readonly (readonly [string, (chain: any, step: () => void) => any])[] = [
    ["a loop", (chain, step) => chain.loop("l", step, { until: ({ iteration, input }: any) => iteration === input, max: 1_000 })],
    ["a map", (chain, step) => chain.map("m", ({ input }: any) => Array(input).fill(0), step)],
    ["a map of chains", (chain, step) => chain.map("m", ({ input }: any) => Array(input).fill(0), { flow: (b: any) => b.then("a", step) })],
  ];

  test.each(shapes)("%s", async (_, grows) => {
    // Some 20 ms at a time.
    const count = await turns(200, 5, grows);
    expect(count).toBeGreaterThanOrEqual(30);
    expect(count).toBeLessThanOrEqual(60);
    // No more often than it takes: a turn of the loop costs more than a step.
    expect(await turns(200, 0, grows)).toBeLessThanOrEqual(5);
  });
});

test("retries: waits are exact, random numbers come from the port, and each attempt is a call of its own", () => {
  const run = new ScriptedRun(
    loose()
      .then("a", never, { retries: { max: 3, initial: 1_000, factor: 3, cap: 5_000 } })
      .build(),
    { randoms: [0.5, 0.5, 0.9] },
  ).start();
  for (const [attempt, ms] of [
    [1, 500],
    [2, 1_500],
    [3, 4_500],
  ] as const) {
    run.throws(`a@${attempt}`, attempt);
    expect(run.timersSet.at(-1)).toBe(ms);
    run.fireNext();
  }
  run.returns("a@4", "fourth");
  expect([run.now(), run.ended, run.asked]).toEqual([6_500, [{ value: "fourth" }], ["a@1", "a@2", "a@3", "a@4"]]);
});

describe("PA12 permits are all back, however a run is cut short", () => {
  const limit = 3;
  const plan = loose()
    .parallel("p", {
      a: { do: never, retries: { max: 2, initial: 10, jitter: "none" }, timeout: 50 },
      b: { flow: (b: any) => b.then("b1", never).sleep("z", 20).then("b2", never) },
      c: { flow: (b: any) => b.race("r", { r1: never, r2: { flow: (f: any) => f.then("q", never) } }) },
      d: { flow: (b: any) => b.settle("s", { s1: never, s2: never }, { timeout: 40 }) },
      e: never,
    })
    .map(
      "m",
      () => [1, 2, 3, 4, 5],
      { flow: (b: any) => b.then("i", never).then("j", never) },
      { retries: { max: 1, initial: 5, jitter: "none" } },
    )
    .build();

  /** Lets `steps` things happen, as `pick` chooses: an answer to a call, or the next timer. False where nothing is left. */
  const go = (run: ScriptedRun, steps: number, pick: () => number): number => {
    for (let step = 0; step < steps; step++) {
      const keys = [...run.calls.keys()];
      const choice = pick();
      const key = keys[choice % Math.max(1, keys.length)];
      if (key === undefined || choice % 7 === 6) {
        if (!run.fireNext() && key === undefined) return step;
      } else if (key === "m@1") run.returns(key, [1, 2, 3, 4, 5]);
      else if (choice % 5 === 4 && !key.startsWith("p/r")) run.throws(key, new Error(key));
      else run.returns(key);
      if (choice % 3 === 0) run.nextTick();
    }
    return steps;
  };
  const check = (run: ScriptedRun) => {
    expect(run.ended).toHaveLength(1);
    expect(run.timers).toEqual([]);
    for (let permit = 0; permit < limit; permit++) {
      expect(run.scheduler.permits.available).toBe(true);
      run.scheduler.permits.take();
    }
    expect(run.scheduler.permits.available).toBe(false);
    const open = (pattern: RegExp) => run.events.filter(({ type }) => pattern.test(type)).length;
    expect(open(/^step\.started$/)).toBe(open(/^step\.(completed|failed)$/));
  };
  const most = 10_000;

  test("cancelled at every point, with calls that answer and calls that never do", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 40, maxLength: 80 }), (choices) => {
        const pick = () => {
          let at = 0;
          return () => choices[at++ % choices.length] ?? 0;
        };
        const whole = new ScriptedRun(plan, { concurrency: limit }).start();
        const length = go(whole, most, pick());
        check(whole);
        for (let point = 0; point <= length; point++) {
          for (const answer of [true, false]) {
            const run = new ScriptedRun(plan, { concurrency: limit, grace: 30 }).start();
            const picks = pick();
            go(run, point, picks);
            run.scheduler.cancel("here");
            const asked = run.asked.length;
            if (answer) go(run, most, picks);
            else while (run.fireNext());
            check(run);
            expect(run.asked.length).toBe(asked);
            // What comes after the end reaches nobody.
            const { length: told } = run.events;
            for (const key of [...run.calls.keys()]) run.returns(key, "late");
            expect([run.events.length, run.ended.length]).toEqual([told, 1]);
          }
        }
      }),
      { numRuns: 60, seed: 12 },
    );
  });

  test("never more calls under way than permits, over 10,000 seeds", () => {
    const wide = loose()
      .map("m", () => [], { flow: (b: any) => b.then("i", never).then("j", never) }, { concurrency: 6 })
      .build();
    for (let seed = 0; seed < 10_000; seed++) {
      const run = new ScriptedRun(wide, { concurrency: 4 }).start();
      run.returns("m@1", Array(12).fill(0));
      let state = seed + 1;
      let reached = 0;
      while (run.calls.size > 0) {
        reached = Math.max(reached, run.calls.size);
        state = (state * 48_271) % 2_147_483_647;
        run.returns([...run.calls.keys()][state % run.calls.size] as string);
      }
      if (reached !== 4 || run.ended.length !== 1) throw new Error(`Seed ${seed}: ${reached} at once, ended ${run.ended.length} times`);
    }
  });
});

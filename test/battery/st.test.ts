// Shared state.
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { sleep, untilAborted } from "../support/promises.ts";

const put =
  (patch: object) =>
  ({ set }: any) =>
    void set(patch);
const plus = (joined: number, arm: number, base: number) => joined + arm - base;

describe("ST01 two concurrent arms write one key", () => {
  test("without a merge: state_conflict with the key, in every kind of group, and no catch holds it", async () => {
    const arms = { x: put({ k: 1 }), y: { flow: (b: any) => b.then("y1", put({ k: 1 })) } };
    for (const chain of [
      loose().state({ k: 0 }).parallel("g", arms),
      loose().state({ k: 0 }).settle("g", arms),
      loose()
        .state({ k: 0 })
        .routeAll("g", () => ["x", "y"], arms),
      loose()
        .state({ k: 0 })
        .map("g", () => [1, 2], put({ k: 1 })),
    ]) {
      const failure = (
        await chain
          .catch("c", () => 1)
          .build()
          .run("")
      )._unsafeUnwrapErr();
      expect(failure).toMatchObject({ type: "state_conflict", key: "k", step: "g", path: "g" });
    }
  });
  test("different keys join; so do one writer and many readers", async () => {
    const run = (
      await loose()
        .state({ a: 0, b: 0 })
        .parallel("g", { x: put({ a: 1 }), y: put({ b: 2 }), z: ({ state }: any) => ({ ...state }) })
        .then("look", ({ state }: any) => state)
        .build()
        .run("")
    )._unsafeUnwrap();
    expect([run.output, run.steps.z]).toEqual([
      { a: 1, b: 2 },
      { a: 0, b: 0 },
    ]);
  });
  test("a race joins the winner's writes alone; a failed settle arm's are dropped", async () => {
    const race = loose()
      .state({ k: 0 })
      .race("g", {
        slow: { flow: (b: any) => b.then("s", put({ k: "slow" })).then("t", ({ signal }: any) => untilAborted(signal)) },
        quick: async ({ set }: any) => {
          await sleep(2);
          set({ k: "quick" });
        },
      })
      .then("look", ({ state }: any) => state.k)
      .build();
    expect((await race.run(""))._unsafeUnwrap().output).toBe("quick");
    const settle = loose()
      .state({ k: 0 })
      .settle("g", {
        bad: {
          flow: (b: any) =>
            b.then("s", put({ k: "bad" })).then("t", () => {
              throw 1;
            }),
        },
        good: put({ k: "good" }),
      })
      .then("look", ({ state }: any) => state.k)
      .build();
    expect((await settle.run(""))._unsafeUnwrap().output).toBe("good");
  });
});

describe("ST03 merges", () => {
  test("100 concurrent increments make 100", async () => {
    const run = (
      await loose()
        .state({ n: 0 }, { merge: { n: plus } })
        .map(
          "m",
          () => Array(100).fill(0),
          async ({ state, set }: any) => {
            await sleep(Math.random() * 3);
            set({ n: state.n + 1 });
          },
        )
        .then("n", ({ state }: any) => state.n)
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(run.output).toBe(100);
  });
  test("are called at joins only, once per arm that wrote, in declared order, from the base, in nested groups too", async () => {
    const calls: unknown[] = [];
    const merge = (joined: string, arm: string, base: string) => (calls.push([joined, arm, base]), joined + arm.slice(base.length));
    const append =
      (text: string, ms = 0) =>
      async ({ set, state }: any) => {
        await sleep(ms);
        set({ s: state.s + text });
      };
    const run = (
      await loose()
        .state({ s: "" }, { merge: { s: merge } })
        .then("zero", append("0"))
        .parallel("p", {
          a: append("a", 6),
          q: { flow: (b: any) => b.parallel("r", { b: append("b", 3), c: append("c") }).then("d", append("d")) },
          silent: () => 1,
        })
        .then("s", ({ state }: any) => state.s)
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(run.output).toBe("0abcd");
    expect(calls).toEqual([
      ["0", "0b", "0"],
      ["0b", "0c", "0"],
      ["0", "0a", "0"],
      ["0a", "0bcd", "0"],
    ]);
  });
});

test("ST03 an attempt of an item or of a sub-workflow is no arm: merges are called at the map's join alone", async () => {
  const add = { flow: (b: any) => b.then("i", ({ set, state }: any) => set({ n: state.n + 1 })) };
  for (const limits of [{}, { retries: 1 }, { timeout: 1e6 }]) {
    const run = (
      await loose()
        .state({ n: 5 }, { merge: { n: (joined: number, arm: number) => joined + arm } })
        .map("m", () => [0, 1], add, limits)
        .then("n", ({ state }: any) => state.n)
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(run.output).toBe(5 + 6 + 6);
  }
});

describe("ST04 the state cannot be changed but by set()", () => {
  test("it is frozen all the way down, and a copy of what was given", async () => {
    const mine = { list: [1], deep: { n: 1 } };
    const errors: unknown[] = [];
    const attempt = (change: () => unknown) => {
      try {
        change();
      } catch (error) {
        errors.push(error);
      }
    };
    const run = (
      await loose()
        .state({ list: [0], deep: { n: 0 }, extra: null as unknown })
        .then("a", ({ state, set }: any) => {
          attempt(() => state.list.push(2));
          attempt(() => {
            state.deep.n = 5;
          });
          attempt(() => {
            state.extra = 5;
          });
          const given = { inner: [1] };
          set({ extra: given });
          given.inner.push(2);
        })
        .then("b", ({ state }: any) => state)
        .build()
        .run("", { state: mine })
    )._unsafeUnwrap();
    mine.list.push(9);
    expect(errors).toHaveLength(3);
    for (const error of errors) expect(error).toBeInstanceOf(TypeError);
    expect(run.output).toEqual({ list: [1], deep: { n: 1 }, extra: { inner: [1] } });
  });
  test("outputs pass as they are: DESIGN decides that only the state is frozen", async () => {
    const value = { n: 1 };
    expect(
      (
        await loose()
          .then("a", () => value)
          .then("b", ({ last }: any) => {
            last.n = 2;
            return last;
          })
          .build()
          .run("")
      )._unsafeUnwrap().output,
    ).toBe(value);
  });
  test("a step sees what it set itself, and its context is its own", async () => {
    const run = (
      await loose()
        .state({ n: 0 })
        .then("a", (ctx: any) => {
          ctx.set({ n: 1 });
          ctx.set({ n: ctx.state.n + 1 });
          ctx.steps.injected = 1;
          ctx.mine = 1;
          return ctx.state.n;
        })
        .then("b", (ctx: any) => [ctx.state.n, "injected" in ctx.steps, "mine" in ctx])
        .build()
        .run("")
    )._unsafeUnwrap();
    expect([run.steps.a, run.output]).toEqual([2, [2, false, false]]);
  });
});

describe("ST06 writes that come too late, or to no avail", () => {
  test("set() after its attempt has settled throws, and says why", async () => {
    let kept: any;
    const plan = loose()
      .state({ n: 0 })
      .then("a", ({ set }: any) => {
        kept = set;
      })
      .then("b", ({ state }: any) => {
        let message = "";
        try {
          kept({ n: 9 });
        } catch (error: any) {
          message = error.message;
        }
        return [message, state.n];
      })
      .build();
    const [message, n] = (await plan.run(""))._unsafeUnwrap().output;
    expect(message).toContain("settled");
    expect(n).toBe(0);
    expect(() => kept({ n: 1 })).toThrow(TypeError);
  });
  test("the writes of failed attempts, of timed out ones and of failed groups are dropped", async () => {
    const plan = loose()
      .state({ n: 0 })
      .then(
        "retried",
        ({ set, state, attempt }: any) => {
          set({ n: state.n + 1 });
          if (attempt < 3) throw 1;
        },
        { retries: { max: 2, initial: 0 } },
      )
      .then(
        "late",
        async ({ set }: any) => {
          set({ n: 100 });
          await sleep(30);
        },
        { timeout: 5 },
      )
      .catch("c1", ({ state }: any) => state.n)
      .parallel("g", {
        x: put({ n: 200 }),
        y: () => {
          throw 1;
        },
      })
      .catch("c2", ({ state }: any) => state.n)
      .build();
    const { steps } = (await plan.run(""))._unsafeUnwrap();
    expect([steps.c1, steps.c2]).toEqual([1, 1]);
  });
  test("set() without a state, or with something else than an object, is the step's failure", async () => {
    expect(
      (
        await loose()
          .then("a", put({ n: 1 }))
          .build()
          .run("")
      )._unsafeUnwrapErr().message,
    ).toContain(".state(initial)");
    for (const patch of [5, null, "x"])
      expect(
        (
          await loose()
            .state({})
            .then("a", put(patch as never))
            .build()
            .run("")
        )._unsafeUnwrapErr().message,
      ).toContain("an object");
  });
});

test("what a merge makes is copied once a join, however many arms wrote: a list that grows by one an arm stays affordable", async () => {
  let copies = 0;
  const merge = (_joined: object, { n }: { n: number }) => ({
    get n() {
      copies++;
      return n;
    },
  });
  const run = (
    await loose()
      .state({ kept: { n: 0 } }, { merge: { kept: merge } })
      .map(
        "m",
        () => Array.from({ length: 50 }, (_, index) => index),
        ({ set, index }: any) => set({ kept: { n: index } }),
      )
      .then("end", ({ state }: any) => state.kept)
      .build()
      .run("")
  )._unsafeUnwrap();
  expect([run.output.n, copies, Object.isFrozen(run.output)]).toEqual([49, 1, true]);
});

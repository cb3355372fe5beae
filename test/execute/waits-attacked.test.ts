import { setTimeout as delay } from "node:timers/promises";
import { workflow } from "heddle";
import { describe, expect, test } from "vitest";
import { z } from "zod";

/** A schema that takes its time. */
const slow = z.string().refine(async () => delay(5, true));

describe("answers that meet", () => {
  test("two clicks in one tick answer one turn of a loop, also where the schema takes its time", async () => {
    for (const schema of [z.string(), slow]) {
      const plan = workflow("turns")
        .loop("ask", { flow: (b) => b.waitFor("more", schema).then("said", ({ last }) => last) }, { until: ({ last }) => last === "done" })
        .build();
      const handle = plan.start("x");
      await delay(5);
      const answers = await Promise.all([handle.answer("more", "again"), handle.answer("more", "again")]);
      expect(answers.map((answer) => (answer.isOk() ? "ok" : answer.error.reason))).toEqual(["ok", "answered"]);
      await expect.poll(() => handle.waits).toMatchObject([{ path: "ask#2/more" }]);
      (await handle.answer("more", "done"))._unsafeUnwrap();
      expect((await handle.result)._unsafeUnwrap().output).toBe("done");
    }
  });

  test("from inside a listener and from inside a step", async () => {
    let answer: (step: "sure" | "again", answer: string) => unknown;
    const plan = workflow("inside")
      .parallel("both", {
        ask: { flow: (b) => b.waitFor("sure", z.string()) },
        tell: async (): Promise<boolean> => (await answer("sure", "from a step")) !== undefined,
      })
      .waitFor("again", z.string())
      .build();
    const handle = plan.start("x", {
      observe: (event) => {
        if (event.type === "step.started" && event.step === "again") void answer("again", "from a listener");
      },
    });
    ({ answer } = handle);
    const run = (await handle.result)._unsafeUnwrap();
    expect([run.steps.both, run.output]).toEqual([{ ask: "from a step", tell: true }, "from a listener"]);
  });

  test("steps of one name that take different answers are answered while they wait, each by its own schema", async () => {
    const inner = workflow("inner").waitFor("sure", z.number()).build();
    const plan = workflow("outer")
      .then("first", () => delay(10, 1))
      .waitFor("sure", z.string())
      .use(inner)
      .build();
    const handle = plan.start("x");
    expect((await handle.answer("sure", "early"))._unsafeUnwrapErr()).toMatchObject({ reason: "no_such_wait" });
    await delay(30);
    (await handle.answer("sure", "text"))._unsafeUnwrap();
    await delay(10);
    expect((await handle.answer("sure", "text"))._unsafeUnwrapErr().reason).toBe("invalid");
    (await handle.answer("sure", 7))._unsafeUnwrap();
    expect((await handle.result)._unsafeUnwrap().output).toBe(7);
  });

  test("a schema that throws is a refusal, and the wait stays", async () => {
    const broken = z.string().transform((): string => {
      throw new Error("broken");
    });
    const handle = workflow("w").waitFor("sure", broken).build().start("x");
    await delay(5);
    expect((await handle.answer("sure", "x"))._unsafeUnwrapErr()).toMatchObject({ reason: "invalid" });
    expect(handle.waits).toHaveLength(1);
    handle.cancel();
    await handle.result;
  });
});

describe("what ends a wait", () => {
  test.each([
    ["a cancel", {}, "cancelled"],
    ["the run's time", { timeout: 500 }, "run_timed_out"],
  ] as const)("%s: in parallel, in a map, in a sub-workflow, with every permit taken", async (_, options, type) => {
    const inner = workflow("inner").waitFor("deep", z.string()).build();
    const plan = workflow("all")
      .parallel("p", {
        a: { flow: (b) => b.waitFor("one", z.string()) },
        m: { flow: (b) => b.map("each", () => [1, 2, 3], { flow: (item) => item.waitFor("item", z.string()) }) },
        s: { flow: (b) => b.use(inner) },
        busy: ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      })
      .build();
    const handle = plan.start("x", { ...options, concurrency: 1 });
    await expect
      .poll(() => handle.waits.map(({ path }) => path).toSorted(), { interval: 5 })
      .toEqual(["p/a/one", "p/m/each[0]/item", "p/m/each[1]/item", "p/m/each[2]/item", "p/s/inner/deep"]);
    const began = performance.now();
    if (type === "cancelled") handle.cancel("enough");
    expect((await handle.result)._unsafeUnwrapErr().type).toBe(type);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(handle.waits).toEqual([]);
    expect((await handle.answer("one", "late"))._unsafeUnwrapErr().reason).toBe("over");
  });

  test("`show` that throws fails the step, and a handler deals with it", async () => {
    const plan = workflow("w")
      .waitFor("sure", z.string(), {
        show: () => {
          throw new Error("nothing to show");
        },
      })
      .catch("caught", ({ failure }) => failure.message)
      .build();
    expect((await plan.run("x"))._unsafeUnwrap().output).toContain("nothing to show");
  });

  test("each attempt of a sub-workflow waits anew, under its own path", async () => {
    let tries = 0;
    const inner = workflow("inner")
      .waitFor("go", z.string())
      .then("work", () => {
        if (++tries === 1) throw new Error("once");
        return "done";
      })
      .build();
    const handle = workflow("w")
      .then("sub", inner, { retries: { max: 1, initial: 1 } })
      .build()
      .start("x");
    await expect.poll(() => handle.waits).toHaveLength(1);
    const [first] = handle.waits;
    (await handle.answer("go", "1", { path: first?.path ?? "" }))._unsafeUnwrap();
    await expect.poll(() => handle.waits.map(({ path }) => path !== first?.path)).toEqual([true]);
    expect((await handle.answer("go", "1", { path: first?.path ?? "" }))._unsafeUnwrapErr().reason).toBe("answered");
    (await handle.answer("go", "2"))._unsafeUnwrap();
    expect((await handle.result)._unsafeUnwrap().output).toBe("done");
  });
});

describe("when nothing else can go on", () => {
  test("sleeps, pauses before attempts and async items are waited for first", async () => {
    let tries = 0;
    const done: string[] = [];
    async function* items() {
      for (const item of [1, 2]) {
        await delay(10);
        yield item;
      }
    }
    const plan = workflow("idle")
      .parallel("p", {
        ask: { flow: (b) => b.waitFor("sure", z.string()) },
        sleep: { flow: (b) => b.sleep("pause", 25).tap("slept", () => void done.push("slept")) },
        retry: {
          do: () => {
            if (++tries < 3) throw new Error("again");
            done.push("retried");
          },
          retries: { max: 3, initial: 10, jitter: "none" },
        },
        each: { flow: (b) => b.map("items", () => items(), { do: ({ last }) => void done.push(`item ${last}`) }) },
      })
      .build();
    expect((await plan.run("x"))._unsafeUnwrapErr().type).toBe("suspended");
    expect(done.toSorted()).toEqual(["item 1", "item 2", "retried", "slept"]);
  });

  test("10,000 items wait at once, and each answer goes to its own, in little time", async () => {
    const count = 10_000;
    const plan = workflow("many")
      .map("each", () => Array.from({ length: count }, (_, index) => index), {
        flow: (b) => b.waitFor("ok", z.number(), { show: ({ last }) => last }),
      })
      .build();
    const began = performance.now();
    const handle = plan.start("x");
    for (let tries = 0; handle.waits.length < count && tries < 500; tries++) await delay(10);
    const { waits } = handle;
    expect(waits).toHaveLength(count);
    // The last ones first: each must be found by its path, and not by looking at all.
    for (const { path, shown } of waits.toReversed()) (await handle.answer("ok", Number(shown) * 2, { path }))._unsafeUnwrap();
    const output = (await handle.result)._unsafeUnwrap().output;
    expect(output).toEqual(Array.from({ length: count }, (_, index) => index * 2));
    expect(performance.now() - began).toBeLessThan(20_000);
  }, 60_000);
});

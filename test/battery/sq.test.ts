// Sequential.
import { AsyncLocalStorage } from "node:async_hooks";
import { workflow } from "heddle";
import { memoryJournal } from "heddle/testing";
import { err, errAsync, ok, okAsync } from "neverthrow";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { sleep } from "../support/promises.ts";

test("SQ01 in order, each with the output before it", async () => {
  const order: string[] = [];
  const plan = workflow<number>("w")
    .then("a", ({ last }) => (order.push("a"), last + 1))
    .then("b", async ({ last }) => (order.push("b"), `${last}`))
    .then("c", ({ last, steps, input }) => (order.push("c"), [input, steps.a, steps.b, last] as const))
    .build();
  const run = (await plan.run(1))._unsafeUnwrap();
  expect(run.output).toEqual([1, 2, "2", "2"]);
  expect(order).toEqual(["a", "b", "c"]);
  expect(run.trace.map(({ path, status, attempts }) => [path, status, attempts])).toEqual([
    ["a", "completed", 1],
    ["b", "completed", 1],
    ["c", "completed", 1],
  ]);
});

test("SQ02 a failure ends it, with path, attempts, the error itself, and what was done before", async () => {
  const boom = new Error("boom");
  let reached = false;
  const plan = workflow("w")
    .then("a", () => 1)
    .then("b", (): number => {
      throw boom;
    })
    .then("c", () => {
      reached = true;
    })
    .build();
  const failure = (await plan.run(""))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_failed", threw: true, step: "b", path: "b", attempts: 1, steps: { a: 1 }, suppressed: [] });
  expect(failure.cause).toBe(boom);
  expect(failure.message).toContain("boom");
  expect(failure.trace.map(({ path, status }) => [path, status])).toEqual([
    ["a", "completed"],
    ["b", "failed"],
  ]);
  expect(reached).toBe(false);
});

test("SQ03 undefined, null, false, 0, '' and NaN are values", async () => {
  for (const value of [undefined, null, false, 0, "", Number.NaN]) {
    const plan = loose()
      .then("a", () => value)
      .then("b", async () => value)
      .parallel("p", { x: () => value })
      .then("look", ({ steps }: any) => ["a" in steps, steps.a, steps.b, steps.p.x])
      .then("c", () => value)
      .build();
    const run = (await plan.run("in"))._unsafeUnwrap();
    expect(run.steps.look).toEqual([true, value, value, value]);
    expect(run.output).toBe(value);
    expect(run.trace.every((record: any) => record.status === "completed")).toBe(true);
  }
});

test("SQ03 live and resumed they are the same values", async () => {
  for (const value of [undefined, null, false, 0, -0, "", Number.NaN]) {
    const journal = memoryJournal();
    let calls = 0;
    const plan = loose()
      .then("a", () => (calls++, value))
      .parallel("p", { x: async () => value })
      .waitFor("w", z.any())
      .then("look", ({ steps }: any) => ["a" in steps, steps.a, "x" in steps.p, steps.p.x, steps.w])
      .then("c", () => value)
      .build();
    await plan.run("in", { journal, runId: "r" });
    (await plan.answer("r", "w", value, { journal }))._unsafeUnwrap();
    for (let life = 0; life < 2; life++) {
      const run = (await plan.resume("r", { journal }))._unsafeUnwrap();
      expect(run.steps.look).toEqual([true, value, true, value, value]);
      expect(run.output).toBe(value);
    }
    expect(calls).toBe(1);
  }
});

describe("SQ04 however a step fails, the shape is one", () => {
  const error = { type: "mine" };
  const shape = ({ type, threw, path, step, attempts, cause }: any) => ({ type, threw, path, step, attempts, cause });
  test("a throw and a rejection", async () => {
    const thrown = [
      () => {
        throw error;
      },
      async () => {
        throw error;
      },
      () => Promise.reject(error),
      async () => {
        await sleep(1);
        throw error;
      },
    ];
    for (const step of thrown) {
      const failure = (await loose().then("a", step).build().run(""))._unsafeUnwrapErr();
      expect(shape(failure)).toEqual({ type: "step_failed", threw: true, path: "a", step: "a", attempts: 1, cause: error });
      expect(failure.cause).toBe(error);
    }
  });
  test("a returned error, in each form of a Result", async () => {
    for (const step of [() => err(error), async () => err(error), () => errAsync(error)]) {
      const failure = (await loose().then("a", step).build().run(""))._unsafeUnwrapErr();
      expect(shape(failure)).toEqual({ type: "step_failed", threw: false, path: "a", step: "a", attempts: 1, cause: error });
    }
    for (const step of [() => ok(7), async () => ok(7), () => okAsync(7)])
      expect((await loose().then("a", step).build().run(""))._unsafeUnwrap().output).toBe(7);
  });
});

describe("SQ06 schemas", () => {
  const reached: string[] = [];
  const after = () => reached.push("after");

  test("the input does not fit: nothing runs", async () => {
    const plan = loose()
      .input(z.object({ n: z.number() }))
      .then("a", after)
      .build();
    const failure = (await plan.run({ n: "x" }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "invalid_input", step: "", path: "", trace: [], steps: {} });
    expect(failure.issues[0].path).toEqual(["n"]);
  });

  test("a step's output does not fit: no later step runs", async () => {
    const plan = loose()
      .then("a", () => "text", { output: z.number() })
      .then("b", after)
      .build();
    expect((await plan.run(""))._unsafeUnwrapErr()).toMatchObject({
      type: "invalid_output",
      step: "a",
      path: "a",
      issues: [{ code: "invalid_type" }],
    });
  });

  test("the plan's output, and a sub-workflow's input and output", async () => {
    const whole = loose()
      .output(z.number())
      .then("a", () => "x")
      .build();
    expect((await whole.run(""))._unsafeUnwrapErr()).toMatchObject({ type: "invalid_output", step: "", path: "" });
    const needs = loose("needs").input(z.number()).then("i", after).build();
    expect(
      (
        await loose()
          .then("a", () => "x")
          .use(needs)
          .build()
          .run("")
      )._unsafeUnwrapErr(),
    ).toMatchObject({ type: "invalid_input", step: "needs", path: "needs" });
    const gives = loose("gives")
      .output(z.number())
      .then("i", () => "x")
      .build();
    expect((await loose().use(gives).then("b", after).build().run(""))._unsafeUnwrapErr()).toMatchObject({
      type: "invalid_output",
      step: "gives",
      path: "gives",
    });
  });

  test("transformed values are what goes on, at once and later", async () => {
    const plan = loose()
      .input(z.string().transform(Number))
      .then("a", ({ last }: any) => last + 1, { output: z.number().transform(async (n) => n * 10) })
      .build();
    expect((await plan.run("4"))._unsafeUnwrap().output).toBe(50);
  });

  const schema = (validate: (value: unknown) => unknown) => ({ "~standard": { version: 1, vendor: "test", validate } });
  const broken: readonly (readonly [string, (value: unknown) => unknown])[] = [
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken"))],
    ["rejects as a foreign thenable", () => ({ then: (_: unknown, reject: (reason: unknown) => void) => reject(new Error("broken")) })],
    ["says nothing", () => undefined],
    ["says null, later", async () => null],
    ["has issues that are no issues", () => ({ issues: 5 })],
    [
      "has hostile issues",
      () => ({
        issues: [
          new Proxy(
            {},
            {
              get() {
                throw new Error("broken");
              },
            },
          ),
        ],
      }),
    ],
    ["has no text in its issues", () => ({ issues: [{ message: Symbol("s"), path: 5 }] })],
  ];
  test.each(broken)("a validator that %s is a typed failure of its step", async (_, validate) => {
    expect(
      (
        await loose()
          .then("a", () => 1, { output: schema(validate) })
          .then("b", after)
          .build()
          .run("")
      )._unsafeUnwrapErr(),
    ).toMatchObject({ type: "invalid_output", step: "a", path: "a" });
    expect((await loose().input(schema(validate)).then("a", after).build().run(""))._unsafeUnwrapErr()).toMatchObject({
      type: "invalid_input",
      path: "",
    });
  });

  test("nothing after any of these ran", () => expect(reached).toEqual([]));
});

test("SQ07 100 runs at once, each with its own AsyncLocalStorage", async () => {
  const storage = new AsyncLocalStorage<number>();
  const seen = async () => {
    const before = storage.getStore();
    await sleep(Math.random() * 5);
    return [before, storage.getStore()];
  };
  const plan = workflow("w")
    .then("a", seen)
    .parallel("p", { x: seen, y: { flow: (b) => b.then("y1", seen).then("y2", seen) } })
    .map("m", () => [1, 2, 3], seen, { concurrency: 2 })
    .then(
      "retried",
      async ({ attempt }) => {
        if (attempt === 1) throw new Error("again");
        return seen();
      },
      { retries: { max: 1, initial: 1 } },
    )
    .then("all", ({ steps }) => [steps.a, steps.x, steps.y1, steps.y2, ...steps.m, steps.retried].flat())
    .build();
  const runs = await Promise.all(Array.from({ length: 100 }, (_, id) => storage.run(id, () => plan.run(""))));
  for (const [id, run] of runs.entries()) expect(new Set(run._unsafeUnwrap().output)).toEqual(new Set([id]));
});

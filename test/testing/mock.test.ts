import { agent, BuildError, step, workflow } from "heddle";
import { err } from "neverthrow";
import { describe, expect, test } from "vitest";
import { z } from "zod";

// No server: a step that ran all the same would fail.
const writer = agent({ model: "gpt-4o", instructions: "Write." });
const critic = agent({ model: "gpt-4o", output: z.object({ verdict: z.enum(["pass", "revise"]), notes: z.string() }) });
const boom = (): number => {
  throw new Error("Expected a mock to stand in");
};
const enrich = workflow("enrich")
  .input<{ id: number }>()
  .state({ tries: 1 })
  .then("fetch", ({ input }) => ({ body: `real ${input.id}` }))
  .build();

const article = workflow("article")
  .parallel("research", { web: writer, papers: writer })
  .then("draft", writer)
  .then("review", critic)
  .branch("gate", (review) => review.verdict === "pass", {
    yes: ({ steps }) => steps.draft,
    no: { flow: (b) => b.then("revise", writer, { input: ({ last, steps }) => `${steps.draft}: ${last.notes}` }) },
  })
  .build();

test("agents are stood in for by values and by functions of their input; nothing is asked of a model", async () => {
  const inputs: unknown[] = [];
  const run = (
    await article.run("looms", {
      mock: {
        web: "on the web",
        papers: async (input) => `papers on ${String(input)}`,
        draft: (input, { attempt, runId }) => {
          inputs.push(input, attempt, typeof runId);
          return "the draft";
        },
        review: () => ({ verdict: "revise", notes: "shorter" }),
        revise: (input) => `revised ${String(input)}`,
      },
    })
  )._unsafeUnwrap();
  expect(run.output).toBe("revised the draft: shorter");
  expect(run.steps).toMatchObject({
    web: "on the web",
    papers: "papers on looms",
    draft: "the draft",
    revise: "revised the draft: shorter",
  });
  expect(inputs).toEqual([{ web: "on the web", papers: "papers on looms" }, 1, "string"]);
  expect(run.usage.modelCalls).toBe(0);
  expect(run.trace.map(({ path }) => path)).toEqual([
    "research",
    "research/web",
    "research/papers",
    "draft",
    "review",
    "gate",
    "gate/no/revise",
  ]);
});

test("a plan is not changed by it, and every run has its own", async () => {
  const plan = workflow("w")
    .then("a", () => 1)
    .then("b", ({ last }) => last + 1)
    .build();
  const runs = await Promise.all([plan.run("x"), plan.run("x", { mock: { a: 10 } }), plan.run("x", { mock: { a: 20, b: () => 0 } })]);
  expect(runs.map((run) => run._unsafeUnwrap().output)).toEqual([2, 11, 0]);
  const handle = plan.start("x", { mock: { a: 5 } });
  expect((await handle.result)._unsafeUnwrap().output).toBe(6);
});

describe("every kind of step that has an output", () => {
  test("functions, step values, arms of settle and race, branches, routes, maps, loops, handlers, sub-workflows", async () => {
    const plan = workflow("w")
      .then("fn", boom)
      .then(
        "value",
        step("value", (n: number) => boom() + n),
      )
      .settle("both", { left: boom, right: boom })
      .race("first", { quick: boom, other: boom })
      .branch("split", () => true, { yes: boom })
      .route("way", () => "x" as const, { x: boom })
      .routeBy("by", "route", { x: boom })
      .map("each", () => [1, 2], boom)
      .loop("again", () => [boom()], { until: () => true })
      .loop("turns", { flow: (b) => b.then("turn", (): number[] => [boom()]) }, { until: () => true })
      .then("sub", enrich, { input: () => ({ id: 1 }), retries: 1 })
      .then("end", ({ last, steps }) => ({
        last,
        sub: steps.sub.output.body,
        left: steps.left,
        right: steps.right,
        turns: steps.turns,
        turn: steps.turn,
      }))
      .build();
    const run = (
      await plan.run("x", {
        mock: {
          fn: 1,
          value: (input) => Number(input) + 1,
          left: 3,
          right: () => err("no" as const),
          first: 4,
          split: 5,
          way: { route: "x", output: 6 },
          by: { route: "x", output: 7 },
          each: [8, 9],
          again: [10],
          turn: () => [11],
          sub: (input) => ({ body: JSON.stringify(input) }),
        },
      })
    )._unsafeUnwrap();
    expect(run.output).toMatchObject({
      last: { body: '{"id":1}' },
      sub: '{"id":1}',
      left: { ok: true, value: 3 },
      right: { ok: false, error: { type: "step_failed", threw: false, cause: "no" } },
      turns: [11],
      turn: [11],
    });
    expect(run.steps).toMatchObject({
      fn: 1,
      value: 2,
      first: 4,
      split: 5,
      way: { output: 6 },
      by: { output: 7 },
      each: [8, 9],
      again: [10],
    });
  });

  test("arms of a race, one of which fails; a handler", async () => {
    const plan = workflow("w")
      .race("first", { quick: boom, other: { do: boom, retries: 1 } })
      .then("next", boom)
      .catch("rescue", () => boom())
      .build();
    const run = await plan.run("x", {
      mock: {
        quick: () => {
          throw new Error("down");
        },
        other: 2,
        next: () => err("typed"),
        rescue: (failure) => (failure as { cause: string }).cause.length,
      },
    });
    expect(run._unsafeUnwrap().output).toBe(5);
  });
});

test("limits, undo and output schemas stay: a mock fails, is tried again and undone as its step would be", async () => {
  const undone: unknown[] = [];
  const plan = workflow("w")
    .then("charge", boom, { retries: { max: 2, initial: 0 }, output: z.number(), undo: (output) => undone.push(output) })
    .then("ship", boom, { timeout: 20 })
    .build();
  let calls = 0;
  const failure = (
    await plan.run("x", {
      mock: {
        charge: () => {
          if (++calls < 3) throw new Error("again");
          return 7;
        },
        ship: (_, { signal }) => new Promise<number>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      },
    })
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_timed_out", step: "ship" });
  expect([calls, undone]).toEqual([3, [7]]);
  expect((await plan.run("x", { mock: { charge: "seven" as never, ship: 1 } }))._unsafeUnwrapErr().type).toBe("invalid_output");
});

test("what cannot be stood in for is a BuildError that says what to mock", () => {
  const loop = workflow("w")
    .loop("turns", { flow: (b) => b.then("turn", ({ last }) => last) }, { until: () => true })
    .tap("log", () => {})
    .build();
  const wrong: readonly [() => unknown, RegExp][] = [
    [
      () => article.run("x", { mock: { drfat: "x" } as never }),
      /"mock" to be among web, papers, draft, review, gate, revise, got "drfat": did you mean "draft"\?/,
    ],
    [() => article.run("x", { mock: { nothing: 1 } as never }), /to be among web, papers.*got "nothing"$/],
    [
      () => article.run("x", { mock: { research: { web: "", papers: "" } } }),
      /"mock" to name no parallel, got "research": mock the steps inside it/,
    ],
    [() => loop.run("x", { mock: { turns: "x" } }), /no loop, got "turns": mock the steps inside it/],
    [() => loop.run("x", { mock: { log: 1 } as never }), /no tap, got "log"/],
    [() => loop.run("x", { mock: 1 as never }), /to be an object/],
    [() => writer.run("x", { mock: { other: 1 } as never }), /to be among gpt-4o, got "other"/],
  ];
  for (const [run, message] of wrong) {
    expect(run).toThrow(BuildError);
    expect(run).toThrow(message);
  }
});

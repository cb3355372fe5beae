// What agents spend, over real HTTP: what a call reserves, what settles it, and who shares it.
import { agent, type Budget, BuildError, type Model, openai, type RunEvent, team, tool, workflow } from "heddle";
import { callTools, fault, latestPrompt, modelServer, reply, script } from "heddle/testing";
import { ok } from "neverthrow";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { servedModels } from "../support/models.ts";
import { sleep } from "../support/promises.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const models = servedModels();
const quick = { max: 2, initial: 1 } as const;
const short = { settings: { maxOutputTokens: 100 } } as const;
const writer = agent({ name: "writer", model: "gpt-4o", ...short });

/** What a call reserves for a request of one user message and no tools. */
const reserved = (prompt: string, most = 100) =>
  Math.ceil(Buffer.byteLength(JSON.stringify([[{ role: "user", content: prompt }], null, null])) / 4) + most;

/** An address at which nobody listens any more. */
async function closedPort(): Promise<string> {
  const server = await modelServer(() => "never");
  await server.close();
  return server.url;
}

/** Ten tokens a reply. */
const ten = { inputTokens: 7, outputTokens: 3 };
const said = (text: string, usage: { inputTokens: number; outputTokens: number } | null = ten) => reply(text, { usage });

describe("what a call reserves", () => {
  test("is a quarter of a token for each byte that it sends, and the longest reply that its agent may give", async () => {
    for (const prompt of ["x", "a longer prompt", "长".repeat(200)]) {
      models.use(() => said("done"));
      const most = reserved(prompt);
      expect((await writer.run(prompt, { budget: { tokens: most } }))._unsafeUnwrap().output).toBe("done");
      expect((await writer.run(prompt, { budget: { tokens: most - 1 } }))._unsafeUnwrapErr()).toMatchObject({
        type: "budget_exceeded",
        step: "writer",
        path: "writer/turn#1",
        attempts: 0,
        limit: "tokens",
        allowed: most - 1,
        spent: 0,
        reservation: most,
        cause: undefined,
      });
      expect(models.requests).toHaveLength(1);
    }
  });

  test("is 4096 for the reply where nobody says how long it may get, and counts tools and the answer's schema", async () => {
    models.use(() => said("done"));
    const plain = agent({ model: "gpt-4o" });
    const run = await plain.run("x", { budget: { tokens: reserved("x", 4_096) - 1 } });
    expect(run._unsafeUnwrapErr()).toMatchObject({ type: "budget_exceeded", reservation: reserved("x", 4_096) });
    expect(models.requests).toHaveLength(0);

    const search = tool({ name: "search", description: "Searches. ".repeat(40), input: z.object({ query: z.string() }), run: () => "" });
    const full = agent({ model: "gpt-4o", tools: [search], output: z.object({ verdict: z.string() }), ...short });
    const failure = (await full.run("x", { budget: { tokens: 0 } }))._unsafeUnwrapErr();
    // Some 400 bytes of description, and two schemas of about a hundred.
    expect(failure.type === "budget_exceeded" && failure.reservation - reserved("x")).toSatisfy((more) => more > 150 && more < 250);
  });

  test("says what to do", async () => {
    const failure = (await writer.run("x", { budget: { tokens: 50 } }))._unsafeUnwrapErr();
    expect(failure.message).toBe(
      `Expected the call of model "gpt-4o" at "writer/turn#1" to fit into the run's budget.tokens of 50, got a reservation of ${reserved("x")} where 0 is spent: raise the budget, or lower "maxOutputTokens"`,
    );
    // The agent's own record has failed; a call that was never made has none.
    expect(failure.trace.map(({ path, status }) => [path, status])).toEqual([["writer", "failed"]]);
  });
});

/** How many calls of ten tokens a budget lets through after a first reply of this kind. */
describe("what a reply took", () => {
  const spentBy = async (first: Parameters<typeof script>[0][number]): Promise<number> => {
    models.use(script([first, said("second")]));
    const plan = workflow("w")
      .settle("first", { a: { do: writer, retries: 0 } })
      .then("second", writer, { input: () => "x", retries: 0 })
      .build();
    // Nothing is left for the second call, so that the failure says what the first one took.
    const run = await plan.run("x", { budget: { tokens: reserved("x") } });
    return run.match(
      () => 0,
      (failure) => (failure.type === "budget_exceeded" ? failure.spent : Number.NaN),
    );
  };

  test("is what it reports", async () => {
    expect(await spentBy(said("x", { inputTokens: 30, outputTokens: 12 }))).toBe(42);
    expect(await spentBy(said("x", { inputTokens: 5_000, outputTokens: 12 }))).toBe(5_012);
  });

  test("is what it had reserved where it reports nothing that anybody can believe", async () => {
    const absurd = [
      null,
      { inputTokens: -5, outputTokens: 3 },
      { inputTokens: 4, outputTokens: 1e300 },
      { inputTokens: 0, outputTokens: 0 },
    ];
    for (const usage of absurd) expect(await spentBy(said("x", usage))).toBe(reserved("x"));
  });

  test("is nothing where the request was refused, and all it had reserved where nobody can tell", async () => {
    for (const status of [400, 401, 404, 408, 429]) expect(await spentBy(fault.status(status))).toBe(0);
    for (const status of [500, 503]) expect(await spentBy(fault.status(status))).toBe(reserved("x"));
    expect(await spentBy(fault.hangUp())).toBe(reserved("x"));
  });

  test("is nothing where nobody listens at the address", async () => {
    models.use(() => said("second"));
    const nobody = agent({ name: "nobody", model: openai("gpt-4o", { baseURL: await closedPort(), apiKey: "k" }), ...short });
    const plan = workflow("w")
      .settle("first", { a: { do: nobody, retries: quick } })
      .then("second", writer, { input: () => "x" })
      .build();
    expect((await plan.run("x", { budget: { tokens: reserved("x") } }))._unsafeUnwrap().output).toBe("second");
  });

  test("a model of one's own cannot upset the count", async () => {
    const usages: unknown[] = [undefined, null, { inputTokens: Number.NaN, outputTokens: "5" }, { inputTokens: -1, outputTokens: -1 }, 7];
    for (const usage of usages) {
      const own: Model = {
        name: "own",
        generate: async () => ok({ text: "said", toolCalls: [], usage: usage as never }),
      };
      const plan = workflow("w")
        .then("a", agent({ model: own, ...short }))
        .then("b", agent({ model: own, ...short }), { input: () => "x" })
        .build();
      const failure = (await plan.run("x", { budget: { tokens: reserved("x") } }))._unsafeUnwrapErr();
      expect(failure).toMatchObject({ type: "budget_exceeded", spent: reserved("x"), steps: { a: "said" } });
    }
  });
});

describe("one budget for a whole run", () => {
  test("every attempt reserves anew; the failures before stand beside the last word", async () => {
    models.use(() => fault.status(503));
    const events: RunEvent[] = [];
    const plan = workflow("w")
      .then("write", writer, { retries: { max: 5, initial: 1 } })
      .build();
    const failure = (
      await plan.run("x", { budget: { tokens: 3 * reserved("x") - 1 }, observe: (event) => events.push(event) })
    )._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", attempts: 2, spent: 2 * reserved("x") });
    expect(failure.suppressed).toMatchObject([{ type: "step_failed", attempts: 2, cause: { status: 503 } }]);
    expect(models.requests).toHaveLength(2);
    expect(failure.trace.find(({ kind }) => kind === "model")).toMatchObject({ status: "failed", attempts: 2 });
    expect(events.filter(({ type }) => type === "step.retrying")).toHaveLength(2);
  });

  test("modelCalls counts requests, also those that failed", async () => {
    models.use(script([fault.status(429), fault.status(503), said("one"), said("two")]));
    const plan = workflow("w").then("a", writer, { retries: quick }).then("b", writer).build();
    const failure = (await plan.run("x", { budget: { modelCalls: 3 } }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", step: "b", limit: "modelCalls", allowed: 3, spent: 3, reservation: 1 });
    expect(failure.usage.modelCalls).toBe(1);
    expect((await plan.run("x", { budget: { modelCalls: 0 } }))._unsafeUnwrapErr()).toMatchObject({ type: "budget_exceeded" });
    expect(models.requests).toHaveLength(3);
  });

  test("catch, settle and race do not hold it back, and what was done is undone", async () => {
    const undone: string[] = [];
    const small = { budget: { tokens: 10 } };
    const before = () => loose().then("book", () => "booked", { undo: () => void undone.push("book") });
    const plans = [
      before()
        .then("a", writer)
        .catch("c", () => "caught"),
      before().settle("s", { a: writer, b: () => 1 }),
      before().race("r", { a: writer, b: { flow: (b: any) => b.sleep("z", 10_000).then("late", () => 1) } }),
      before().loop("l", writer, { until: () => true }),
      before().then(
        "n",
        loose("inner")
          .then("a", writer)
          .catch("c", () => "caught")
          .build(),
      ),
    ];
    for (const plan of plans) {
      undone.length = 0;
      expect((await plan.build().run("x", small))._unsafeUnwrapErr()).toMatchObject({ type: "budget_exceeded" });
      expect(undone).toEqual(["book"]);
    }
  });

  test("sub-workflows, items, teams and their members share it, and wait for one another", async () => {
    models.use(async (request) => {
      await sleep(5);
      const leads = request.tools.length > 0 && !request.messages.some(({ role }) => role === "tool");
      return leads ? callTools([{ name: "writer", args: { task: "Do." } }], { usage: ten }) : said("done");
    });
    const inner = workflow("inner").then("a", writer).build();
    const desk = team({ name: "desk", model: "gpt-4o", members: { writer } });
    const plan = loose()
      .parallel("all", {
        alone: writer,
        nested: inner,
        items: { flow: (b: any) => b.map("each", () => ["one", "two", "three"], writer) },
        desk,
      })
      .build();
    const whole = (await plan.run("x"))._unsafeUnwrap();
    // One alone, one nested, three items, and the team's three.
    expect(whole.usage).toMatchObject({ modelCalls: 8, totalTokens: 80 });
    expect(models.requests).toHaveLength(8);
    const enough = (await plan.run("x", { budget: { modelCalls: 8 } }))._unsafeUnwrap();
    expect(enough.usage.modelCalls).toBe(8);
    const failure = (await plan.run("x", { budget: { modelCalls: 7 } }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", limit: "modelCalls", spent: 7 });
    expect(models.requests).toHaveLength(8 + 8 + 7);
  });

  test("with room for one reservation, ten agents go one after another, and all get through", async () => {
    let most = 0;
    let underWay = 0;
    models.use(async () => {
      most = Math.max(most, ++underWay);
      await sleep(2);
      underWay--;
      return said("done");
    });
    const plan = loose()
      .parallel("p", Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`a${index}`, writer])))
      .build();
    const run = (await plan.run("x", { budget: { tokens: reserved("x") + 90 } }))._unsafeUnwrap();
    expect(run.usage.totalTokens).toBe(100);
    expect(most).toBe(1);
    // The same without a budget: side by side.
    await plan.run("x");
    expect(most).toBeGreaterThan(1);
  });

  test("an attempt that timed out has taken what it had reserved", async () => {
    models.use(script([fault.delay(Number.POSITIVE_INFINITY, "never"), said("done")]));
    const plan = workflow("w")
      .then("a", writer, { timeout: 300, retries: quick })
      .then("b", writer, { input: () => "x" })
      .build();
    const failure = (await plan.run("x", { budget: { tokens: 2 * reserved("x") } }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", step: "b", spent: reserved("x") + 10 });
  });

  test("a group's time and the caller's cancel end a call that waits", async () => {
    models.use(() => fault.delay(Number.POSITIVE_INFINITY, "never"));
    const plan = workflow("w")
      .settle("s", {
        slow: writer,
        waits: { flow: (b) => b.parallel("p", { writer }, { timeout: 30 }) },
      })
      .build();
    const handle = plan.start("x", { budget: { tokens: reserved("x") + 10 }, grace: 10, trace: "all" });
    const over: string[] = [];
    for await (const event of handle.events) {
      if (event.type !== "step.failed") continue;
      over.push(event.path);
      if (event.path === "s/waits/p") handle.cancel("enough");
    }
    expect((await handle.result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
    expect(over[0]).toMatch(/^s\/waits/);
    expect(models.requests).toHaveLength(1);
  });

  test("a pause between two attempts holds no reservation", async () => {
    models.use((request) => (latestPrompt(request) === "x" && models.requests.length === 1 ? fault.status(503) : said("done")));
    const clock = new VirtualClock();
    const plan = workflow("w")
      .parallel("p", { a: { do: writer, retries: { max: 1, initial: 60_000, jitter: "none" } }, b: writer })
      .build();
    const result = plan.run("x", { budget: { tokens: 2 * reserved("x") + 10 }, clock });
    await clock.advance(0);
    const run = (await clock.until(result))._unsafeUnwrap();
    expect(run.output).toEqual({ a: "done", b: "done" });
    expect(models.requests).toHaveLength(3);
  });
});

describe("what it costs", () => {
  const prices = { "gpt-4o": { input: 2.5, cachedInput: 1.25, output: 10 }, "gpt-4o-mini": { input: 0.15, output: 0.6 } };
  const mini = agent({ name: "mini", model: "gpt-4o-mini", ...short });

  test("by step, agent and run, cached tokens by their own price", async () => {
    const usage = { inputTokens: 1_000, cachedInputTokens: 400, outputTokens: 200, reasoningTokens: 50 };
    models.use(() => reply("done", { usage }));
    const events: RunEvent[] = [];
    const plan = workflow("w")
      .then("big", writer)
      .loop("l", mini, { until: () => false, max: 2 })
      .build();
    const run = (await plan.run("x", { prices, observe: (event) => events.push(event) }))._unsafeUnwrap();
    // (600 · 2.5 + 400 · 1.25 + 200 · 10) / 1e6, and twice (1000 · 0.15 + 200 · 0.6) / 1e6.
    expect(run.record("big")?.usage?.cost).toBe(0.004);
    expect(run.trace.find(({ path }) => path === "big/turn#1")?.usage).toMatchObject({
      cost: 0.004,
      totalTokens: 1_200,
      reasoningTokens: 50,
    });
    expect(run.trace.find(({ kind }) => kind === "loop")?.usage?.cost).toBe(0.00054);
    expect(run.usage.cost).toBe(0.00454);
    expect(events.flatMap((event) => (event.type === "run.completed" ? [event.usage.cost] : []))).toEqual([0.00454]);
    expect((await plan.run("x"))._unsafeUnwrap().usage).not.toHaveProperty("cost");
  });

  test("is not told where the price of one part is not known, since the rest would pass for all of it", async () => {
    models.use(() => said("done"));
    const plan = workflow("w").then("big", writer).then("small", mini).build();
    const run = (await plan.run("x", { prices: { "gpt-4o": { input: 1_000, output: 2_000 } } }))._unsafeUnwrap();
    expect(run.record("big")?.usage?.cost).toBe(0.013);
    expect(run.record("small")?.usage).not.toHaveProperty("cost");
    expect(run.usage).not.toHaveProperty("cost");
    expect(run.usage.totalTokens).toBe(20);
  });

  test("bounds a run, and each model of a list by its own price", async () => {
    models.use((request) => (request.model === "gpt-4o" ? fault.status(429) : said("done", { inputTokens: 1_000, outputTokens: 1_000 })));
    const both = agent({ name: "both", model: ["gpt-4o", "gpt-4o-mini"], ...short });
    const plan = workflow("w")
      .then("a", both, { retries: 0 })
      .then("b", both, { input: () => "x", retries: 0 })
      .build();
    // The dear one is refused, which costs nothing; the cheap one took 0.00075.
    const dear = (reserved("x") - 100) * 2.5e-6 + 100 * 10e-6;
    const run = await plan.run("x", { prices, budget: { cost: dear + 0.0008 } });
    expect(run._unsafeUnwrap().usage.cost).toBe(0.0015);
    const failure = (await plan.run("x", { prices, budget: { cost: dear + 0.0007 } }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", step: "b", limit: "cost", spent: 0.00075 });
    expect(failure.usage.cost).toBe(0.00075);
    if (failure.type === "budget_exceeded") expect(failure.reservation).toBeCloseTo(dear, 8);
  });

  test("a model without a price is never called under a budget of cost", async () => {
    models.use(() => said("done"));
    const plan = workflow("w")
      .then("a", writer)
      .catch("c", () => "caught")
      .build();
    const failure = (await plan.run("x", { prices: { other: { input: 1, output: 1 } }, budget: { cost: 100 } }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({
      type: "budget_exceeded",
      limit: "cost",
      reservation: Number.POSITIVE_INFINITY,
      cause: expect.any(BuildError),
    });
    expect(failure.message).toBe(
      'Expected the run option "prices" to say what model "gpt-4o" costs, which "a/turn#1" calls, got no price: a budget of cost lets through only what it can count',
    );
    expect(models.requests).toHaveLength(0);
  });
});

test("wrong options are told at the call", () => {
  const plan = workflow("w")
    .then("a", () => 1)
    .build();
  const wrong: readonly (readonly [options: object, message: string])[] = [
    [{ budget: 5 }, 'Expected the run option "budget" to be an object, got 5'],
    [
      { budget: { token: 5 } },
      'Expected the run option "budget" to be among tokens, cost, modelCalls, got "token": did you mean "tokens"?',
    ],
    [{ budget: { tokens: -1 } }, 'Expected "tokens" of the run option "budget" to be a number from 0 up, got -1'],
    [{ budget: { modelCalls: Number.NaN } }, 'Expected "modelCalls" of the run option "budget" to be a number from 0 up, got NaN'],
    [{ budget: { cost: "5" }, prices: {} }, 'Expected "cost" of the run option "budget" to be a number from 0 up, got "5"'],
    [{ budget: { cost: 5 } }, 'Expected the run option "prices" beside a budget of cost, got undefined: say what each model costs'],
    [{ prices: "dear" }, 'Expected the run option "prices" to hold prices by model, got "dear"'],
    [{ prices: { m: { input: 1 } } }, 'Expected the price of model "m" to have "input" and "output", got '],
    [
      { prices: { m: { input: 1, output: Number.POSITIVE_INFINITY } } },
      'Expected "output" of the price of model "m" to be a number from 0 up, got Infinity',
    ],
  ];
  for (const [options, message] of wrong) {
    expect(() => plan.run("x", options as { readonly budget: Budget })).toThrow(BuildError);
    expect(() => plan.run("x", options as { readonly budget: Budget })).toThrow(message);
  }
});

// What runs cost in money, and a budget of it.

import { agent, BuildError, type RunEvent, workflow } from "heddle";
import { fault, reply } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { servedModels } from "../support/models.ts";
import { reserved, said, short, writer } from "./budgeted.ts";

const models = servedModels();

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

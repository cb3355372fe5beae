// What agents spend, over real HTTP: what a call reserves, what settles it, and who shares it.
import { agent, type Budget, BuildError, type Model, openai, tool, workflow } from "heddle";
import { fault, modelServer, script } from "heddle/testing";
import { ok } from "neverthrow";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { reserved, said, short, writer } from "./budgeted.ts";

const models = servedModels();
const quick = { max: 2, initial: 1 } as const;

/** An address at which nobody listens any more. */
async function closedPort(): Promise<string> {
  const server = await modelServer(() => "never");
  await server.close();
  return server.url;
}

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

// A budget over a fan-out: 10 agents at once with 100 tool calls each, over real HTTP. What the server counts is the truth.
import { agent, openai, tool } from "heddle";
import { callTools, modelServer, reply, type ServedRequest } from "heddle/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { sleep } from "../support/promises.ts";

const arms = 10;
const turns = 25;
const callsPerTurn = 4;
const longest = 60;

/**
 * Asks for tools until each agent has had 100 calls; `usageOf` is what a reply reports. The first `together` requests wait for
 * each other, and later ones long enough to be under way side by side.
 */
async function fanOut(usageOf: (request: ServedRequest) => { readonly inputTokens: number; readonly outputTokens: number }, together = 0) {
  const count = tool({
    name: "count",
    description: "Counts.",
    input: z.object({ n: z.number() }),
    run: ({ n }) => `counted ${n}`,
  });
  let tokens = 0;
  let here = 0;
  const all = Promise.withResolvers<void>();
  const server = await modelServer(
    async (request) => {
      if (++here >= together) all.resolve();
      await all.promise;
      const usage = usageOf(request);
      // Counted as it comes: one that is aborted later has been paid for too.
      tokens += usage.inputTokens + usage.outputTokens;
      if (together > 0) await sleep(50);
      const had = request.messages.filter(({ role }) => role === "tool").length;
      if (had === turns * callsPerTurn) return reply("done", { usage });
      return callTools(
        Array.from({ length: callsPerTurn }, (_, index) => ({ name: "count", args: { n: had + index } })),
        { usage },
      );
    },
    { record: false },
  );
  const model = openai("gpt-4o", { baseURL: server.url, apiKey: "k" });
  const settings = { maxOutputTokens: longest };
  const plan = loose()
    .parallel(
      "all",
      Object.fromEntries(
        Array.from({ length: arms }, (_, index) => [
          `a${index}`,
          agent({ name: `a${index}`, model, tools: [count], maxTurns: turns + 1, settings }),
        ]),
      ),
    )
    .build();
  return {
    plan,
    server,
    get tokens() {
      return tokens;
    },
    get peak() {
      return server.peakInFlight;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** As providers count: about a token for four characters of the conversation, and a reply within its limit. */
const honest = ({ messages }: ServedRequest) => ({
  inputTokens: Math.ceil(messages.reduce((sum, { text }) => sum + text.length, 0) / 4),
  outputTokens: longest,
});

test("a budget that just holds 1,000 tool calls lets all of them through; any smaller one is never passed", async () => {
  await using whole = await fanOut(honest);
  const free = (await whole.plan.run("go"))._unsafeUnwrap();
  expect(free.usage).toMatchObject({ modelCalls: arms * (turns + 1), totalTokens: whole.tokens });
  const needed = whole.tokens;

  // Room for the largest reservation, that of the last request, beside all that was spent.
  await using enough = await fanOut(honest);
  const run = (await enough.plan.run("go", { budget: { tokens: needed + 6_000, modelCalls: arms * (turns + 1) } }))._unsafeUnwrap();
  expect(run.usage.totalTokens).toBe(needed);
  expect(run.trace.filter(({ kind }: { kind: string }) => kind === "tool")).toHaveLength(arms * turns * callsPerTurn);

  for (const part of [0.9, 0.5, 0.1]) {
    const tokens = Math.floor(needed * part);
    await using short = await fanOut(honest);
    const failure = (await short.plan.run("go", { budget: { tokens } }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "budget_exceeded", limit: "tokens", allowed: tokens });
    expect(short.tokens).toBeLessThanOrEqual(tokens);
    // Nothing was thrown away either: what was spent and one more reservation would have been too much.
    expect(failure.spent).toBeLessThanOrEqual(tokens);
    expect(failure.spent + failure.reservation).toBeGreaterThan(tokens);
  }
}, 60_000);

test("replies that take more than was reserved pass a budget by no more than what one of them takes beyond its reservation", async () => {
  const excess = 900;
  // Request and reply together take this much more than four characters a token and the reply's limit.
  const greed = (request: ServedRequest) => {
    const { inputTokens, outputTokens } = honest(request);
    return { inputTokens, outputTokens: outputTokens + excess };
  };
  await using greedy = await fanOut(greed, arms);
  const budget = { tokens: 20_000 };
  const failure = (await greedy.plan.run("go", { budget }))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "budget_exceeded", spent: expect.any(Number) });
  expect(greedy.peak).toBe(arms);
  expect(greedy.tokens).toBeLessThanOrEqual(budget.tokens + excess);
  // Nothing was thrown away for it: alone, a call needs no more room than it reserves.
  expect(failure.spent + failure.reservation).toBeGreaterThan(budget.tokens);

  // One at a time, nothing else could be. On a server of its own: the other may still be at work on requests that were
  // aborted.
  await using slow = await fanOut(greed);
  const alone = (await slow.plan.run("go", { budget, concurrency: 1 }))._unsafeUnwrapErr();
  expect(alone.type).toBe("budget_exceeded");
  expect(slow.tokens).toBeLessThanOrEqual(budget.tokens + excess);
}, 60_000);

// The turn loop at scale. Budgets have tests of their own.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { agent, openai, type RunEvent, type TraceRecord, tool } from "heddle";
import { callTools, modelServer, reply, type ServedRequest } from "heddle/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";
import { sleep } from "../support/promises.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes in use after a full collection. */
function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

const arms = 10;
const turns = 25;
const callsPerTurn = 4;

test("10 agents at once, 100 tool calls each: every result under its call and in order, usage adds up, nothing is kept", async () => {
  let underWay = 0;
  let most = 0;
  const ran = new Map<string, number[]>();
  const count = tool({
    name: "count",
    description: "Counts.",
    input: z.object({ agent: z.string(), n: z.number() }),
    run: async ({ agent: name, n }) => {
      most = Math.max(most, ++underWay);
      ran.set(name, [...(ran.get(name) ?? []), n]);
      // Later calls of a turn are done sooner.
      await sleep(4 - (n % callsPerTurn));
      underWay--;
      return `${name} counted ${n}`;
    },
  });

  const wrong: string[] = [];
  const resultsOf = (request: ServedRequest) => request.messages.flatMap((message) => (message.role === "tool" ? [message] : []));
  // Not kept: 260 requests of up to 200 messages would be the server's memory, not ours.
  await using server = await modelServer(
    (request) => {
      const name = request.instructions;
      const results = resultsOf(request);
      const asked = request.messages.flatMap((message) => (message.role === "assistant" ? message.toolCalls : []));
      for (const [index, result] of results.entries())
        if (result.text !== `${name} counted ${index}` || result.callId !== asked[index]?.id)
          wrong.push(`${name} ${index}: ${result.text}`);
      const usage = { inputTokens: 100 + results.length, outputTokens: 7 };
      if (results.length === turns * callsPerTurn) return reply(`${name} is done`, { usage });
      const calls = Array.from({ length: callsPerTurn }, (_, index) => ({
        name: "count",
        args: { agent: name, n: results.length + index },
      }));
      return callTools(calls, { usage });
    },
    { record: false },
  );
  const model = openai("gpt-4o", { baseURL: server.url, apiKey: "k" });
  const names = Array.from({ length: arms }, (_, index) => `agent${index}`);
  // Without its types: the names are made here.
  const agents = Object.fromEntries(
    names.map((name) => [name, agent({ name, model, instructions: name, tools: [count], maxTurns: turns + 1 })]),
  );
  const plan = loose("wide").parallel("all", agents).build();

  const counts = new Map<RunEvent["type"], number>();
  const run = (
    await plan.run("go", { observe: ({ type }: RunEvent) => counts.set(type, (counts.get(type) ?? 0) + 1), trace: "all" })
  )._unsafeUnwrap();

  expect(wrong).toEqual([]);
  expect(run.output).toEqual(Object.fromEntries(names.map((name) => [name, `${name} is done`])));
  for (const name of names) expect([...(ran.get(name) ?? [])].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(counts.get("tool.completed")).toBe(arms * turns * callsPerTurn);

  // 100 + results so far, for each of the 26 requests of one agent.
  const input = Array.from({ length: turns + 1 }, (_, turn) => 100 + turn * callsPerTurn).reduce((sum, one) => sum + one, 0);
  expect(run.usage).toMatchObject({
    modelCalls: arms * (turns + 1),
    inputTokens: arms * input,
    outputTokens: arms * (turns + 1) * 7,
  });
  const trace: readonly TraceRecord[] = run.trace;
  const ofAgents = trace.filter(({ kind }) => kind === "agent");
  expect(ofAgents).toHaveLength(arms);
  for (const { usage } of ofAgents) expect(usage).toMatchObject({ modelCalls: turns + 1, inputTokens: input });
  // The run's permits bound tools and requests alike, and the tools did run side by side.
  expect(most).toBeLessThanOrEqual(16);
  expect(most).toBeGreaterThan(callsPerTurn);
  expect(server.peakInFlight).toBeLessThanOrEqual(arms);
  expect(trace.filter(({ path }) => path.startsWith("all/agent3/turn#25/")).map(({ path }) => path)).toEqual(
    [0, 1, 2, 3].map((index) => `all/agent3/turn#25/count[${index}]`),
  );

  // What one run took, conversations and traces, is given back: a second one leaves the heap as it was.
  ran.clear();
  const before = heap();
  expect((await plan.run("go")).isOk()).toBe(true);
  ran.clear();
  expect(heap() - before).toBeLessThan(4_000_000);
}, 60_000);

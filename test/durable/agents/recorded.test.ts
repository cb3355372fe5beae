// What an agent's step keeps beside replies and results: the tools that its sources listed, and whose answer came when.
import { agent, type Model, team, tool, workflow } from "heddle";
import { callTools, memoryJournal } from "heddle/testing";
import { ok } from "neverthrow";
import { expect, test } from "vitest";
import { z } from "zod";
import { connected, mcpServer, text } from "../../agent/mcp-servers.ts";
import { servedModels } from "../../support/models.ts";

const models = servedModels();
const gated = tool({ name: "gated", description: "Waits.", input: z.object({}), approval: true, run: () => "went" });

test("a tool source is listed once: whoever goes on has the tools that the agent began with", async () => {
  const journal = memoryJournal();
  const called: string[] = [];
  const serving = (name: string) => {
    const server = mcpServer();
    server.registerTool(name, { description: `Is ${name}.`, inputSchema: {} }, () => {
      called.push(name);
      return text(`${name} was called`);
    });
    return server;
  };
  const plan = async (name: string) =>
    workflow("sourced")
      .then("ask", agent({ name: "asker", model: "gpt-4o", tools: [await connected(serving(name)), gated] }))
      .build();
  models.use(({ messages, tools }) => {
    const turn = messages.filter(({ role }) => role === "assistant").length;
    if (turn === 0) return callTools([{ name: "first", id: "1" }]);
    if (turn === 1) return callTools([{ name: "gated", id: "2" }]);
    return `with ${tools.map(({ name }) => name).join(", ")}`;
  });
  expect((await (await plan("first")).run("x", { journal, runId: "r" }))._unsafeUnwrapErr().type).toBe("suspended");
  // Another process, and a server that offers something else by now.
  const later = await plan("second");
  (await later.answer("r", "gated", { approved: true }, { journal }))._unsafeUnwrap();
  expect((await later.resume("r", { journal }))._unsafeUnwrap().output).toBe("with gated, first");
  expect(called).toEqual(["first"]);
  expect(models.requests).toHaveLength(3);
});

test("members that answer in the same moment keep their answers apart in a replay", async () => {
  const waiting: (() => void)[] = [];
  const saying = (name: string): Model => ({
    name,
    generate: async () => {
      const met = new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 3) for (const go of waiting.splice(0)) go();
      await met;
      const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0, totalTokens: 2, modelCalls: 1 };
      return ok({ text: `${name} has spoken`, toolCalls: [], usage });
    },
  });
  const members = Object.fromEntries(["a", "b", "c"].map((name) => [name, agent({ name, model: saying(name) })]));
  const desk = team({ name: "desk", model: "gpt-4o", members });
  models.use(({ messages }) => {
    const told = messages.flatMap((message) => (message.role === "tool" ? [message.text] : []));
    return told.length > 0 ? told.join("; ") : callTools(["c", "a", "b"].map((name) => ({ name, args: { task: "Speak." } })));
  });
  const journal = memoryJournal();
  const plan = workflow("moment").then("desk", desk).waitFor("go", z.boolean()).build();
  expect((await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr().type).toBe("suspended");
  (await plan.answer("r", "go", true, { journal }))._unsafeUnwrap();
  const run = (await plan.resume("r", { journal }))._unsafeUnwrap();
  expect(run.steps.desk).toBe("c has spoken; a has spoken; b has spoken");
  expect(run.usage.modelCalls).toBe(5);
  expect(models.requests).toHaveLength(2);
});

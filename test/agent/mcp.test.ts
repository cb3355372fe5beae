import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { agent, type ToolClient, tool, toolSource, workflow } from "heddle";
import { callTools, cassette, script } from "heddle/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { servedModels } from "../support/models.ts";
import { unhandledIn } from "../support/promises.ts";
import { connected, mcpServer, offered, rawServer, text, weatherServer } from "./mcp-servers.ts";

const models = servedModels();
/** What the model was told of its calls, in the order of the calls. */
const told = (request = -1) =>
  models.requests.at(request)?.messages.flatMap((message) => (message.role === "tool" ? [message.text] : [])) ?? [];
const offeredNames = (request = 0) => models.requests.at(request)?.tools.map(({ name }) => name);
const call = (name: string, args: object | string = {}) => ({ name, args });

describe("an MCP client among the tools", () => {
  test("gives its tools: as the server describes them, called by the model, in the trace", async () => {
    const client = await connected(weatherServer());
    expectTypeOf<Client>().toExtend<ToolClient>();
    const shout = tool({
      name: "shout",
      description: "Shouts.",
      input: z.object({ say: z.string() }),
      run: ({ say }) => say.toUpperCase(),
    });
    models.use(script([callTools([call("forecast", { city: "Bern" }), call("shout", { say: "hi" })]), "Sunny."]));
    const run = (await agent({ name: "a", model: "gpt-4o", tools: [shout, client] }).run("Weather?"))._unsafeUnwrap();
    expect(run.output).toBe("Sunny.");
    expect(told()).toEqual(["Sunny in Bern.", "HI"]);
    const { tools } = await client.listTools();
    expect(models.requests[0]?.tools).toMatchObject([
      { name: "shout", strict: true },
      { name: "forecast", description: "The weather.", parameters: tools[0]?.inputSchema },
    ]);
    // An optional property is beyond the strict subset.
    expect(models.requests[0]?.tools[1]?.strict ?? false).toBe(false);
    expect(run.trace.map(({ path, kind, status }) => [path, kind, status])).toEqual([
      ["a", "agent", "completed"],
      ["a/tools[0]", "tools", "completed"],
      ["a/turn#1", "model", "completed"],
      ["a/turn#1/forecast[0]", "tool", "completed"],
      ["a/turn#1/shout[1]", "tool", "completed"],
      ["a/turn#2", "model", "completed"],
    ]);
  });

  test("is asked page by page, once in a step; strict only where the schema is, as it stands", async () => {
    const strict = { type: "object" as const, properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };
    const cursors: (string | undefined)[] = [];
    const list = (cursor: string | undefined) => {
      cursors.push(cursor);
      if (cursor === undefined) return { tools: [offered("one", strict)], nextCursor: "p2" };
      return cursor === "p2"
        ? { tools: [offered("two", { ...strict, required: [] })], nextCursor: "p3" }
        : { tools: [offered("three/x.y")] };
    };
    const client = await connected(rawServer({ list, call: (name) => text(`called ${name}`) }));
    models.use(script([callTools([call("three_x_y")]), callTools([call("two", { a: "x" })]), "ok", "ok"]));
    const reader = agent({ name: "a", model: "gpt-4o", tools: [client] });
    (await workflow("w").then("first", reader).then("second", reader).build().run("x"))._unsafeUnwrap();
    expect(cursors).toEqual([undefined, "p2", "p3", undefined, "p2", "p3"]);
    expect(models.requests[0]?.tools.map(({ name, strict: held }) => [name, held ?? false])).toEqual([
      ["one", true],
      ["two", false],
      ["three_x_y", false],
    ]);
    expect(models.requests[0]?.tools[0]?.parameters).toEqual(strict);
    expect(told(2)).toEqual(["called three/x.y", "called two"]);
  });

  test("shares names only with a prefix", async () => {
    const clients = [await connected(weatherServer()), await connected(weatherServer())] as const;
    const failure = (await agent({ name: "a", model: "gpt-4o", tools: [...clients] }).run("x"))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", threw: false, step: "a", cause: { type: "tool", retryable: false } });
    expect(failure.message).toMatch(
      /Expected tools from tool source 2 of the agent, got the name "forecast", which another tool has: give one of them a prefix/,
    );
    models.use(script([callTools([call("swiss_forecast", { city: "Bern" })]), "ok"]));
    const tools = [clients[0], toolSource(clients[1], { prefix: "swiss_" })];
    (await agent({ model: "gpt-4o", tools }).run("x"))._unsafeUnwrap();
    expect(offeredNames()).toEqual(["forecast", "swiss_forecast"]);
    expect(told()).toEqual(["Sunny in Bern."]);
  });

  test("AG10: arguments that are no object never reach the server; those that do not fit, the server refuses", async () => {
    const calls: string[] = [];
    const client = await connected(weatherServer(calls));
    const raw = ["[1]", '"Bern"', "{", '{"city":"Bern","__proto__":{"admin":true}}', '{"city":5}'];
    models.use(script([callTools(raw.map((args) => call("forecast", args))), "sorry"]));
    (await agent({ model: "gpt-4o", tools: [client] }).run("x"))._unsafeUnwrap();
    expect(calls).toEqual([]);
    const answers = told();
    for (const answer of answers.slice(0, 4)) expect(answer).toMatch(/^Invalid arguments for tool "forecast", which has not run\./);
    expect(answers[4]).toMatch(/^Tool "forecast" failed: .*city/s);
  });

  test("AG11: what a tool gives is shown as text, bounded; what fails is told as a failure, without secrets", async () => {
    const server = mcpServer();
    const results: Record<string, ReturnType<typeof text>> = {
      picture: {
        content: [
          { type: "text", text: "Look:" },
          { type: "image", data: "AAAA", mimeType: "image/png" },
        ],
      },
      big: text("x".repeat(1_000_000)),
      wrong: { ...text("disk full for key sk-abcdefgh12345678"), isError: true },
      long: { ...text("y".repeat(100_000)), isError: true },
    };
    for (const [name, result] of Object.entries(results)) server.registerTool(name, { description: name }, () => result);
    server.registerTool("throws", { description: "throws" }, () => {
      throw new Error("no such city");
    });
    const client = await connected(server);
    models.use(script([callTools([...Object.keys(results), "throws"].map((name) => call(name))), "ok"]));
    const run = (await agent({ model: "gpt-4o", tools: [client] }).run("x"))._unsafeUnwrap();
    const [picture, big, wrong, long, throws] = told();
    expect(picture).toBe("Look:\n[image: image/png, 3 bytes]");
    expect(big).toHaveLength(16_000);
    expect(big).toMatch(/\[cut: the output has 1000000 characters, and 16000 are shown\]$/);
    expect(wrong).toBe('Tool "wrong" failed: disk full for key [redacted]');
    expect(long?.length).toBeLessThan(1_100);
    expect(throws).toMatch(/^Tool "throws" failed: .*no such city/);
    const statuses = run.trace.flatMap(({ kind, status }) => (kind === "tool" ? [status] : []));
    expect(statuses).toEqual(["completed", "completed", "failed", "failed", "failed"]);
  });

  test("a call has its own time, and its end is told to the server", async () => {
    const aborted: string[] = [];
    const list = () => ({ tools: [offered("slow"), offered("quick")] });
    const hang = (name: string, _: unknown, signal: AbortSignal) => {
      if (name === "quick") return text("done");
      signal.addEventListener("abort", () => aborted.push(name));
      return new Promise<never>(() => {});
    };
    const client = await connected(rawServer({ list, call: hang }));
    models.use(script([callTools([call("slow"), call("quick")]), "ok"]));
    (await agent({ model: "gpt-4o", tools: [toolSource(client, { timeout: 300 })] }).run("x"))._unsafeUnwrap();
    expect(told()).toEqual(['Tool "slow" failed: it took longer than 300 ms', "done"]);
    await expect.poll(() => aborted).toEqual(["slow"]);
  });

  test("AG17: a cancel reaches the server, and nothing is asked afterwards", async () => {
    const abort = new AbortController();
    const aborted: string[] = [];
    const hang = (name: string, _: unknown, signal: AbortSignal) => {
      signal.addEventListener("abort", () => aborted.push(name));
      setTimeout(() => abort.abort("enough"), 5);
      return new Promise<never>(() => {});
    };
    const client = await connected(rawServer({ list: () => ({ tools: [offered("slow")] }), call: hang }));
    models.use(script([callTools([call("slow")]), "never"]));
    const unhandled = await unhandledIn(async () => {
      const failure = (await agent({ model: "gpt-4o", tools: [client] }).run("x", { signal: abort.signal }))._unsafeUnwrapErr();
      expect(failure).toMatchObject({ type: "cancelled", reason: "enough", suppressed: [] });
    });
    expect(unhandled).toEqual([]);
    expect(models.requests).toHaveLength(1);
    await expect.poll(() => aborted).toEqual(["slow"]);
  });
});

test("mistakes are told where they are written", () => {
  const client: ToolClient = { listTools: async () => ({ tools: [] }), callTool: async () => text("") };
  const wrong: readonly [() => unknown, RegExp][] = [
    [() => toolSource({} as never), /the client of toolSource\(\) to have listTools and callTool, got \{\}/],
    [() => toolSource(client, { prefix: "a b" }), /prefix to be up to 32 letters/],
    [() => toolSource(client, { only: "read" as never }), /only to be a list of names/],
    [() => toolSource(client, { timeout: 0 }), /timeout to be ms above 0/],
    [() => toolSource(client, { perfix: "x" } as never), /did you mean "prefix"/],
    [
      () => agent({ model: "m", tools: [{ listTools: () => {} } as never] }),
      /tool 0 of agent "m" to be made with tool\(\) or asTool\(\), or an MCP client/,
    ],
  ];
  for (const [make, message] of wrong) expect(make).toThrow(message);
  const described = workflow("w")
    .then("a", agent({ model: "m", tools: [client] }))
    .build()
    .describe();
  expect(JSON.stringify(described)).toContain('"toolSources":1');
});

test("a cassette has the list as well as the calls: a replay needs no server", async () => {
  const folder = await mkdtemp(join(tmpdir(), "heddle-mcp-"));
  try {
    const file = join(folder, "run.json");
    const client = await connected(weatherServer());
    models.use(script([callTools([call("forecast", { city: "Bern" })]), "Sunny."]));
    const ask = async (tools: ToolClient) =>
      (await agent({ name: "a", model: "gpt-4o", tools: [tools] }).run("x", { tape: await cassette(file) }))._unsafeUnwrap().output;
    expect(await ask(client)).toBe("Sunny.");
    const gone = (): never => {
      throw new Error("Expected a replay to ask nobody");
    };
    expect(await ask({ listTools: gone, callTool: gone })).toBe("Sunny.");
    expect(models.requests).toHaveLength(2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

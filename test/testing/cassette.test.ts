import { readFile, writeFile } from "node:fs/promises";
import { agent, openai, tool, workflow } from "heddle";
import { byInstructions, callTools, cassette, fault, modelServer, reply, script } from "heddle/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../../src/types/event.ts";
import { connected, mcpServer, text } from "../agent/mcp-servers.ts";
import { apis, until } from "../model/calls.ts";
import { emptyFolders } from "../support/folders.ts";
import { sleep } from "../support/promises.ts";

const inFolder = emptyFolders();
let file: string;
beforeEach(() => {
  file = inFolder("run.json");
});

/** Nobody listens there: a replay that asked anybody would fail. */
const nowhere = "http://127.0.0.1:9/v1";

function research(baseURL: string, options: { readonly api?: "chat" | "responses"; readonly instructions?: string } = {}) {
  let looked = 0;
  const model = openai("gpt-4o", { baseURL, apiKey: "k", api: options.api ?? "chat" });
  const look = tool({
    name: "look",
    description: "Looks a word up.",
    input: z.object({ word: z.string() }),
    run: async ({ word }) => {
      looked++;
      await sleep(word.length);
      return `${word}: found`;
    },
  });
  const reader = (instructions: string) => agent({ model, instructions, tools: [look] });
  const critic = agent({
    model,
    instructions: options.instructions ?? "critic",
    output: z.object({ verdict: z.enum(["pass", "revise"]) }),
  });
  const plan = workflow("research")
    .parallel("read", { zebra: reader("zebra"), ant: reader("ant"), moth: reader("moth") })
    .then("review", critic)
    .then("end", ({ last, steps }) => `${last.verdict}: ${steps.read.ant}`)
    .build();
  return {
    plan,
    get looked() {
      return looked;
    },
  };
}

const answers = (shuffled = false) => {
  const read = (name: string, ms: number) => [
    callTools([
      { name: "look", args: { word: name } },
      { name: "look", args: { word: `${name}s` } },
    ]),
    fault.delay(shuffled ? 60 - ms : ms, `all about ${name}`),
  ];
  return byInstructions({ zebra: read("zebra", 5), ant: read("ant", 25), moth: read("moth", 50), critic: reply({ verdict: "pass" }) });
};

describe.each(apis)("%s", (api) => {
  test("what was recorded is replayed without network, and no tool runs; twice, and with a listener", async () => {
    await using server = await modelServer(answers());
    const live = research(server.url, { api });
    const first = (await live.plan.run("animals", { tape: await cassette(file) }))._unsafeUnwrap();
    expect(server.requests).toHaveLength(7);
    expect(live.looked).toBe(6);

    for (let time = 0; time < 2; time++) {
      const tape = await cassette(file);
      expect(tape.mode).toBe("replay");
      const replayed = research(nowhere, { api });
      const deltas = new Map<string, string>();
      const observe = (event: RunEvent) => {
        if (event.type === "agent.delta") deltas.set(event.path, (deltas.get(event.path) ?? "") + event.delta);
      };
      const run = (await replayed.plan.run("animals", time === 0 ? { tape } : { tape, observe }))._unsafeUnwrap();
      expect([run.output, run.steps, run.usage]).toEqual([first.output, first.steps, first.usage]);
      expect(replayed.looked).toBe(0);
      tape.check();
      if (time === 1) expect(deltas.get("read/ant")).toBe("all about ant");
    }
    expect(server.requests).toHaveLength(7);
  });
});

test("the file reads as what happened, one entry an exchange, and is the same however the arms raced", async () => {
  const texts: string[] = [];
  for (const shuffled of [false, true]) {
    await using server = await modelServer(answers(shuffled));
    (await research(server.url).plan.run("animals", { tape: await cassette(file, { mode: "record" }) }))._unsafeUnwrap();
    texts.push((await readFile(file, "utf8")).replaceAll(/"(?:requestId|id|callId)": "[^"]*"/g, "id").replaceAll(/"call_[^"]*"/g, "id"));
  }
  expect(texts[1]).toBe(texts[0]);
  const { entries } = JSON.parse(await readFile(file, "utf8"));
  expect(entries.map(({ path }: { path: string }) => path)).toEqual([
    ...["ant", "moth", "zebra"].flatMap((name) => [
      `read/${name}/turn#1`,
      `read/${name}/turn#1/look[0]`,
      `read/${name}/turn#1/look[1]`,
      `read/${name}/turn#2`,
    ]),
    "review/turn#1",
  ]);
  expect(entries[1]).toEqual({
    path: "read/ant/turn#1/look[0]",
    kind: "tool",
    name: "look",
    request: { word: "ant" },
    outcome: { ok: true, value: "ant: found" },
  });
  expect(entries.at(-1)).toMatchObject({
    kind: "model",
    name: "gpt-4o",
    request: { messages: [{ role: "system", content: "critic" }, { role: "user" }] },
    outcome: { ok: true, value: { text: '{"verdict":"pass"}' } },
  });
});

test("a request that differs fails its step with the difference, and so does all that follows", async () => {
  await using server = await modelServer(answers());
  (await research(server.url).plan.run("animals", { tape: await cassette(file) }))._unsafeUnwrap();
  const tape = await cassette(file);
  const failure = (await research(nowhere, { instructions: "critic, but stricter" }).plan.run("animals", { tape }))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "step_failed", threw: true, step: "review", path: "review/turn#1", attempts: 1 });
  expect(failure.message).toContain('-         "content": "critic"');
  expect(failure.message).toContain('+         "content": "critic, but stricter"');
  expect(failure.message).toContain('mode: "record"');
  expect(failure.message).not.toContain("zebra");
  expect(() => tape.check()).toThrow("to be in cassette");
});

test("a request that is missing, one too many, and one that nobody makes any more", async () => {
  await using server = await modelServer(() => reply("hello"));
  const greet = (id: string, baseURL: string) =>
    workflow("w")
      .then(id as "a", agent({ model: openai("gpt-4o", { baseURL, apiKey: "k" }) }))
      .build();
  (await greet("a", server.url).run("x", { tape: await cassette(file) }))._unsafeUnwrap();
  const renamed = (await greet("b", nowhere).run("x", { tape: await cassette(file) }))._unsafeUnwrapErr();
  expect(renamed.message).toMatch(/model request at "b\/turn#1" to be in cassette .*nothing was recorded.*its paths are a\/turn#1/s);
  const tape = await cassette(file);
  (await greet("a", nowhere).run("x", { tape }))._unsafeUnwrap();
  expect((await greet("a", nowhere).run("x", { tape }))._unsafeUnwrapErr().message).toContain("one more than the 1");
  const unasked = await cassette(file);
  expect(() => unasked.check()).toThrow("nobody who asked at a/turn#1");
});

test("a mismatch that the workflow caught is still told by check(), and nothing after it is answered", async () => {
  await using server = await modelServer(() => reply("hello"));
  const plan = (instructions: string, baseURL: string) => {
    const one = agent({ model: openai("gpt-4o", { baseURL, apiKey: "k" }), instructions });
    return workflow("w")
      .then("a", one)
      .catch("rescue", () => "rescued")
      .build();
  };
  (await plan("1", server.url).run("x", { tape: await cassette(file) }))._unsafeUnwrap();
  const tape = await cassette(file);
  expect((await plan("2", nowhere).run("x", { tape }))._unsafeUnwrap().output).toBe("rescued");
  expect((await plan("1", nowhere).run("x", { tape }))._unsafeUnwrap().output).toBe("rescued");
  expect(() => tape.check()).toThrow('+         "content": "2"');
});

test("failures are recorded with their attempts, and replayed as they were", async () => {
  await using server = await modelServer(
    script([fault.status(503), fault.status(429, { retryAfterMs: 1 }), "third", fault.status(400, { message: "no" })]),
  );
  const plan = (baseURL: string) => {
    const one = agent({ model: openai("gpt-4o", { baseURL, apiKey: "k" }) });
    return workflow("w")
      .then("a", one, { retries: { max: 3, initial: 1 } })
      .then("b", one)
      .build();
  };
  const told = async (url: string) => {
    const failure = (await plan(url).run("x", { tape: await cassette(file) }))._unsafeUnwrapErr();
    return [
      failure.type,
      failure.path,
      failure.message,
      failure.cause,
      failure.steps,
      failure.trace.map(({ path, attempts, status }) => [path, attempts, status]),
    ];
  };
  const live = await told(server.url);
  expect(live).toMatchObject([
    "step_failed",
    "b/turn#1",
    expect.stringContaining("status 400"),
    { type: "bad_request" },
    { a: "third" },
    expect.anything(),
  ]);
  expect(await told(nowhere)).toEqual(live);
});

test("the tools of an MCP server are recorded with what they gave, and replayed after it has gone", async () => {
  const mcp = mcpServer();
  mcp.registerTool("forecast", { description: "The weather.", inputSchema: { city: z.string() } }, ({ city }) => text(`Sunny in ${city}.`));
  const client = await connected(mcp);
  await using server = await modelServer(script([callTools([{ name: "forecast", args: { city: "Bern" } }]), "Take a hat."]));
  const plan = (baseURL: string) =>
    workflow("w")
      .then("a", agent({ model: openai("gpt-4o", { baseURL, apiKey: "k" }), tools: [client] }))
      .build();
  expect((await plan(server.url).run("x", { tape: await cassette(file) }))._unsafeUnwrap().output).toBe("Take a hat.");
  await client.close();
  const tape = await cassette(file);
  expect((await plan(nowhere).run("x", { tape }))._unsafeUnwrap().output).toBe("Take a hat.");
  tape.check();
  const { entries } = JSON.parse(await readFile(file, "utf8"));
  expect(entries.map(({ path, kind }: { path: string; kind: string }) => [path, kind])).toEqual([
    ["a/tools[0]", "tools"],
    ["a/turn#1", "model"],
    ["a/turn#1/forecast[0]", "tool"],
    ["a/turn#2", "model"],
  ]);
});

test("a cancelled exchange is not recorded; the rest is", async () => {
  await using server = await modelServer(byInstructions({ quick: "done", slow: fault.delay(Number.POSITIVE_INFINITY, "never") }));
  const ask = (instructions: string) => agent({ model: openai("gpt-4o", { baseURL: server.url, apiKey: "k" }), instructions });
  const plan = workflow("w").then("a", ask("quick")).then("b", ask("slow")).build();
  const abort = new AbortController();
  const running = plan.run("x", { tape: await cassette(file), signal: abort.signal });
  await until(() => server.requests.length === 2);
  abort.abort("enough");
  expect((await running)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
  expect(JSON.parse(await readFile(file, "utf8")).entries.map(({ path }: { path: string }) => path)).toEqual(["a/turn#1"]);
});

test("folders that are not there are made before anything is asked for", async () => {
  await using server = await modelServer(script(["done"]));
  const tape = await cassette(inFolder("new/one/run.json"));
  const once = agent({ model: openai("gpt-4o", { baseURL: server.url, apiKey: "k" }) });
  expect((await once.run("x", { tape }))._unsafeUnwrap().output).toBe("done");
  expect((await cassette(inFolder("new/one/run.json"))).mode).toBe("replay");
});

test("mistakes: no such file, a file that is none, options that are wrong", async () => {
  await expect(cassette(file, { mode: "replay" })).rejects.toThrow(`Expected cassette ${JSON.stringify(file)} to exist, got no such file`);
  await writeFile(file, "{");
  await expect(cassette(file)).rejects.toThrow("text that is no JSON");
  await writeFile(file, "{}");
  await expect(cassette(file)).rejects.toThrow('without "format"');
  expect((await cassette(file, { mode: "record" })).mode).toBe("record");
  await expect(cassette(file, { mode: "rec" as never })).rejects.toThrow('"auto" or "record" or "replay"');
  await expect(cassette(file, { secret: [] } as never)).rejects.toThrow("did you mean");
  const plan = workflow("w")
    .then("a", () => 1)
    .build();
  expect(() => plan.run("x", { tape: {} as never })).toThrow('the run option "tape" to have play()');
});

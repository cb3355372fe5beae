import { execFile } from "node:child_process";
import { promisify } from "node:util";
import OpenAI, { type AzureOpenAI } from "openai";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { z } from "zod";
import { answerSchema, toolSchema } from "../../src/agent/schema/schema.ts";
import type { ModelRequest } from "../../src/model/model.ts";
import { modelsOf } from "../../src/model/models.ts";
import { type OpenAIClient, openai } from "../../src/model/openai.ts";
import { BuildError } from "../../src/plan/build-error.ts";
import { callTools, reply } from "../../src/testing/index.ts";
import { apis, ask, hello, serve, ways } from "./calls.ts";

afterEach(() => vi.unstubAllEnvs());

const never = { signal: new AbortController().signal };

describe.each(ways)("$way", ({ api, stream }) => {
  test("a reply, with its usage and request id", async () => {
    const server = await serve(() =>
      reply("Grüezi 🎉 you.", { usage: { inputTokens: 9, outputTokens: 7, cachedInputTokens: 4, reasoningTokens: 2 } }),
    );
    const { reply: got, deltas } = await ask(server.url, { api, stream });
    expect(got).toEqual({
      text: "Grüezi 🎉 you.",
      toolCalls: [],
      usage: { inputTokens: 9, cachedInputTokens: 4, outputTokens: 7, reasoningTokens: 2, totalTokens: 16, modelCalls: 1 },
      requestId: "req_000001",
    });
    expect(deltas.join("")).toBe(stream ? "Grüezi 🎉 you." : "");
    expect(deltas.length > 1).toBe(stream);
    expect(server.requests[0]?.api).toBe(api);
    expect(server.requests[0]?.stream).toBe(stream);
  });

  test("absurd or missing usage is told as missing", async () => {
    const server = await serve(({ index }) => reply("x", { usage: index === 1 ? null : { inputTokens: -3, outputTokens: 1e300 } }));
    for (const _ of [1, 2]) {
      expect((await ask(server.url, { api, stream })).reply).toMatchObject({
        usageMissing: true,
        usage: { totalTokens: 0, modelCalls: 1 },
      });
    }
  });

  test("tool calls, text beside them, and their results sent back by id", async () => {
    const server = await serve(({ index }) =>
      index === 1
        ? callTools(
            [
              { id: "a1", name: "weather", args: { city: "Bern" } },
              { id: "b2", name: "time", args: "{oops" },
            ],
            { text: "Let me see." },
          )
        : reply("Sunny."),
    );
    const request = withTools(z.object({ city: z.string() }));
    const { reply: first } = await ask(server.url, { api, stream }, request);
    expect(first).toMatchObject({
      text: "Let me see.",
      toolCalls: [
        { id: "a1", name: "weather", arguments: '{"city":"Bern"}' },
        { id: "b2", name: "time", arguments: "{oops" },
      ],
    });
    const messages: ModelRequest["messages"] = [
      ...request.messages,
      { role: "assistant", content: first?.text ?? "", toolCalls: first?.toolCalls ?? [] },
      { role: "tool", callId: "b2", content: "noon" },
      { role: "tool", callId: "a1", content: "sun" },
    ];
    expect((await ask(server.url, { api, stream }, { ...request, messages })).reply?.text).toBe("Sunny.");
    const sent = server.requests[1]?.messages.slice(2) ?? [];
    expect(sent.filter((message) => message.role === "tool")).toEqual([
      { role: "tool", callId: "b2", text: "noon" },
      { role: "tool", callId: "a1", text: "sun" },
    ]);
    const calls = sent.flatMap((message) => (message.role === "assistant" ? message.toolCalls : []));
    expect(calls.map((call) => call.arguments)).toEqual(['{"city":"Bern"}', '{"malformed_arguments":"{oops"}']);
  });

  test("tools strict where they can be, an output schema, settings", async () => {
    const server = await serve(() => reply({ verdict: "pass" }));
    const { schema } = answerSchema(z.object({ verdict: z.enum(["pass", "revise"]) }), "output");
    const request: ModelRequest = {
      ...withTools(z.object({ city: z.string().optional() })),
      output: { name: "the critic's answer", schema },
      settings: { temperature: 0.5, topP: 0.9, maxOutputTokens: 99, toolChoice: { tool: "time" }, extra: { seed: 7, user: "u" } },
    };
    const { error } = await ask(server.url, { api, stream }, request);
    if (api === "responses") expect(error).toMatchObject({ type: "bad_request" }); // The server knows no seed there.
    const { settings: _, ...plain } = request;
    await ask(
      server.url,
      { api, stream },
      { ...plain, settings: { temperature: 0.5, topP: 0.9, maxOutputTokens: 99, toolChoice: { tool: "time" } } },
    );
    const sent = server.requests.at(-1);
    expect(sent?.tools.map(({ name, strict }) => [name, strict])).toEqual([
      ["weather", false],
      ["time", true],
    ]);
    expect(sent?.toolChoice).toEqual({ name: "time" });
    expect(sent?.outputSchema).toEqual({ name: "the_critic_s_answer", schema, strict: true });
    expect(sent?.body).toMatchObject({
      temperature: 0.5,
      top_p: 0.9,
      [api === "chat" ? "max_tokens" : "max_output_tokens"]: 99,
      ...(api === "responses" && { store: false }),
    });
    expect(sent?.body).not.toHaveProperty("previous_response_id");
  });

  test("images and files", async () => {
    const server = await serve(() => "A cat.");
    const content = [
      { type: "text", text: "What is it?" },
      { type: "image", url: "data:image/png;base64,AA==" },
      { type: "file", data: "AA==", mediaType: "application/pdf", name: "a.pdf" },
    ] as const;
    await ask(server.url, { api, stream }, { messages: [{ role: "user", content }] });
    const [message] = server.requests[0]?.messages ?? [];
    expect(message?.role === "user" && JSON.stringify(message.parts)).toContain("data:application/pdf;base64,AA==");
    expect(message?.role === "user" && message.parts).toHaveLength(3);
  });
});

function withTools(input: z.ZodType): ModelRequest {
  const weather = toolSchema(input, "input");
  const time = toolSchema(z.object({}), "input");
  return {
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Weather?" },
    ],
    tools: [
      { name: "weather", description: "The weather.", input: weather.schema, strict: weather.strict },
      { name: "time", description: "The time.", input: time.schema, strict: time.strict },
    ],
  };
}

describe("where requests go", () => {
  test("the environment is read at each call", async () => {
    const server = await serve(() => "Hi.");
    const model = openai("gpt-4o");
    vi.stubEnv("OPENAI_BASE_URL", server.url);
    vi.stubEnv("OPENAI_API_KEY", "first-key-1234");
    await model.generate(hello, never);
    vi.stubEnv("OPENAI_API_KEY", "second-key-1234");
    await model.generate(hello, never);
    expect(server.requests.map(({ headers }) => headers["authorization"])).toEqual(["Bearer first-key-1234", "Bearer second-key-1234"]);
    expect(server.requests[0]?.api).toBe("chat");
  });

  test("a base URL needs no key", async () => {
    vi.stubEnv("OPENAI_API_KEY", "");
    const server = await serve(() => "Hi.");
    expect((await ask(server.url)).reply?.text).toBe("Hi.");
  });

  test("without both, the error says what to set, and nothing is sent", async () => {
    vi.stubEnv("OPENAI_API_KEY", "");
    vi.stubEnv("OPENAI_BASE_URL", " ");
    const error = (await openai("gpt-4o").generate(hello, never))._unsafeUnwrapErr();
    expect(error).toMatchObject({ type: "auth", retryable: false });
    expect(error.message).toMatch(/^Expected OPENAI_API_KEY to be set, got nothing; set it, or set OPENAI_BASE_URL/);
  });

  test("a base URL without a protocol is told as such", async () => {
    expect((await ask("localhost:11434/v1")).error).toMatchObject({
      type: "bad_request",
      message: expect.stringContaining('got "localhost:11434/v1"'),
    });
  });

  test.each(apis)("a client of one's own, without its retries: %s", async (api) => {
    const server = await serve(() => new Error("no"));
    const client: OpenAIClient = new OpenAI({ baseURL: server.url, apiKey: "my-own-key", maxRetries: 5 });
    server.use(() => {
      throw new Error("down");
    });
    const result = await openai("gpt-4o", { client, api }).generate(hello, never);
    expect(result._unsafeUnwrapErr()).toMatchObject({ type: "overloaded", status: 500 });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.api).toBe(api);
  });

  test("Responses is the default where the server is OpenAI's own, and the old token limit is not sent there", async () => {
    const sent: { readonly api: string; readonly body: object }[] = [];
    const fake = (baseURL: string): OpenAIClient => ({
      baseURL,
      chat: { completions: { create: async (body) => void sent.push({ api: "chat", body }) } },
      responses: { create: async (body) => void sent.push({ api: "responses", body }) },
    });
    const request: ModelRequest = { ...hello, settings: { maxOutputTokens: 5 } };
    await openai("m", { client: fake("https://api.openai.com/v1") }).generate(request, never);
    await openai("m", { client: fake("https://api.openai.com/v1"), api: "chat" }).generate(request, never);
    await openai("m", { client: fake("https://api.openai.com.evil.example/v1") }).generate(request, never);
    expect(sent.map(({ api }) => api)).toEqual(["responses", "chat", "chat"]);
    expect(sent.map(({ body }) => Object.keys(body).filter((key) => key.includes("max")))).toEqual([
      ["max_output_tokens"],
      ["max_completion_tokens"],
      ["max_tokens"],
    ]);
  });

  test("a plain client that lacks the API, throws or answers oddly gives an error", async () => {
    const odd: readonly OpenAIClient[] = [
      {},
      {
        chat: {
          completions: {
            create: () => {
              throw new Error("mine");
            },
          },
        },
      },
      { chat: { completions: { create: async () => 5 } } },
      { chat: { completions: { create: () => undefined as never } } },
    ];
    for (const client of odd) {
      for (const onDelta of [undefined, () => {}]) {
        const result = await openai("m", { client, api: "chat" }).generate(hello, { ...never, ...(onDelta && { onDelta }) });
        expect(result._unsafeUnwrapErr()).toMatchObject({ type: "protocol" });
      }
    }
  });
});

describe("bad options are build errors", () => {
  test.each<[string, () => unknown, string]>([
    ["no name", () => openai(""), "the name of a model"],
    ["an unknown API", () => openai("m", { api: "completions" as never }), '"responses" or "chat"'],
    ["a misspelt option", () => openai("m", { apikey: "k" } as never), "apikey"],
    ["a key that is no text", () => openai("m", { apiKey: 5 as never }), "apiKey to be text"],
    ["a client and a base URL", () => openai("m", { client: {}, baseURL: "http://a" }), "not both"],
    ["a client that is none", () => openai("m", { client: 5 as never }), "an OpenAI client"],
    ["a timeout of 0", () => openai("m", { timeout: 0 }), "ms above 0"],
    ["no model", () => modelsOf([]), "a name, a Model, or a list"],
    ["a model that is none", () => modelsOf([{ name: "x" } as never]), "a name, a Model, or a list"],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(BuildError);
    expect(make).toThrow(message);
  });
  test("and none of their messages shows the key", () => {
    try {
      openai("m", { client: {}, apiKey: "canary-key-123" });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain("canary");
    }
  });
});

test("a list of models keeps its order, names included", () => {
  const own = openai("second");
  expect(modelsOf(["first", own]).map(({ name }) => name)).toEqual(["first", "second"]);
  expect(modelsOf(own)).toEqual([own]);
});

test("a client of the package is a client for us, Azure's too", () => {
  expectTypeOf<OpenAI>().toExtend<OpenAIClient>();
  expectTypeOf<AzureOpenAI>().toExtend<OpenAIClient>();
});

test("the package is loaded by the first call only", async () => {
  const script = `
    import { registerHooks } from "node:module";
    registerHooks({ resolve: (name, context, next) => (name === "openai" && console.log("loaded"), next(name, context)) });
    const { openai } = await import("./src/model/openai.ts");
    const model = openai("m", { baseURL: "http://127.0.0.1:1/v1" });
    console.log("made");
    await model.generate({ messages: [] }, { signal: new AbortController().signal });`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    cwd: new URL("../..", import.meta.url),
  });
  expect(stdout.trim().split("\n")).toEqual(["made", "loaded"]);
});

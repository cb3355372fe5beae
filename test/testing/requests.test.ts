import OpenAI from "openai";
import { expect, test } from "vitest";
import { ApiError, byInstructions, fault, modelServer, script } from "../../src/testing/index.ts";
import { chatAsk, failureOf, responsesAsk, serve } from "./clients.ts";

const key = { authorization: "Bearer k", "content-type": "application/json" };

async function post(
  url: string,
  init: RequestInit,
): Promise<{ status: number; error: { message: string; code: string | null }; id: string | null }> {
  const response = await fetch(url, { method: "POST", headers: key, ...init });
  const { error } = (await response.json()) as { error: { message: string; code: string | null } };
  return { status: response.status, error, id: response.headers.get("x-request-id") };
}

test("routes, methods, keys and bodies are refused as a real server does", async () => {
  const { server } = await serve(script([]), { maxBodyBytes: 1000 });
  const chat = `${server.url}/chat/completions`;
  expect(await post(`${server.url}/nowhere`, { body: "{}" })).toMatchObject({
    status: 404,
    id: "req_000001",
    error: { message: "Invalid URL (POST /v1/nowhere)" },
  });
  expect((await post(`${server.url}/__proto__`, { body: "{}" })).status).toBe(404);
  const get = await fetch(chat, { headers: key });
  expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
  expect((await post(chat, { body: "{}", headers: { "content-type": "application/json" } })).status).toBe(401);
  expect((await post(chat, { body: "{" })).status).toBe(400);
  expect((await post(chat, { body: "[]" })).status).toBe(400);
  expect((await post(chat, { body: new Uint8Array([123, 255, 125]) })).status).toBe(400);
  expect((await post(chat, { body: "{}", headers: { ...key, "content-type": "text/plain" } })).status).toBe(415);
  expect(await post(chat, { body: JSON.stringify({ ...chatAsk, user: "x".repeat(2000) }) })).toMatchObject({
    status: 413,
    error: { code: "request_too_large" },
  });
  expect(await post(chat, { body: '{"messages":[]}' })).toMatchObject({
    status: 400,
    error: { message: "Missing required parameter: 'model'." },
  });
  expect(await post(chat, { body: '{"model":"m","messages":[]}' })).toMatchObject({
    status: 400,
    error: { code: "empty_array" },
  });
  expect(await post(chat, { body: '{"model":"m","input":"Hi"}' })).toMatchObject({
    status: 400,
    error: { code: "unknown_parameter" },
  });
  expect(server.requests).toHaveLength(0);
});

test("models are listed", async () => {
  const { client } = await serve(script([]), { models: ["one", "two"] });
  expect((await client.models.list()).data.map((model) => model.id)).toEqual(["one", "two"]);
  expect((await client.models.retrieve("two")).id).toBe("two");
  expect(await failureOf(client.models.retrieve("three"))).toMatchObject({ status: 404, code: "model_not_found" });
});

test("a script that is used up says so, and which request found it so", async () => {
  const { client } = await serve(script(["only one"]));
  await client.chat.completions.create(chatAsk);
  const failure = await failureOf(client.responses.create(responsesAsk));
  expect(failure).toMatchObject({ status: 400, code: "script_used_up" });
  expect(failure.message).toContain("script used up: request 2 found all 1 replies given");
});

test("handlers: functions in scripts, ApiError, throws, and another handler later", async () => {
  const { client, server } = await serve(
    script([
      (request) => `You said ${request.messages.length} message.`,
      () => {
        throw new ApiError(503);
      },
      () => {
        throw new Error("a bug in the test");
      },
    ]),
  );
  expect((await client.responses.create(responsesAsk)).output_text).toBe("You said 1 message.");
  expect(await failureOf(client.responses.create(responsesAsk))).toMatchObject({ status: 503 });
  const broken = await failureOf(client.responses.create(responsesAsk));
  expect(broken).toMatchObject({ status: 500, code: "handler_threw" });
  expect(broken.message).toContain("a bug in the test");
  server.use(() => "another");
  expect((await client.responses.create(responsesAsk)).output_text).toBe("another");
});

test("concurrent agents are told apart by their instructions", async () => {
  const { client, server } = await serve(byInstructions({ critic: ["first review", "second review"], writer: fault.delay(30, "a draft") }));
  const ask = async (instructions: string) => (await client.responses.create({ ...responsesAsk, instructions })).output_text;
  const answers = await Promise.all([ask("You are a writer."), ask("You are a critic."), ask("You are a writer.")]);
  expect(answers).toEqual(["a draft", "first review", "a draft"]);
  expect(await ask("You are a critic.")).toBe("second review");
  expect((await failureOf(ask("You are a critic."))).code).toBe("script_used_up");
  const unknown = await failureOf(ask("You are a cook."));
  expect(unknown.message).toContain('Expected the instructions to contain one of "critic", "writer", got "You are a cook."');
  expect(server.peakInFlight).toBeGreaterThanOrEqual(2);
  expect(server.inFlight).toBe(0);
});

const call = { id: "c1", type: "function" as const, function: { name: "add", arguments: "{}" } };
const user = { role: "user" as const, content: "Hi" };
const result = (id: string) => ({ role: "tool" as const, tool_call_id: id, content: "3" });

test("tool results must answer the calls before them", async () => {
  const { client } = await serve(() => "fine");
  const chat = (...messages: OpenAI.Chat.ChatCompletionMessageParam[]) => client.chat.completions.create({ model: "m", messages });
  const assistant = { role: "assistant" as const, tool_calls: [call, { ...call, id: "c2" }] };
  expect((await failureOf(chat(user, result("c1")))).message).toContain("must be a response to a preceding message with 'tool_calls'");
  expect((await failureOf(chat(user, assistant, result("c1"), user))).message).toContain("did not have response messages: c2");
  expect((await failureOf(chat(user, assistant, result("c1"), result("c1"), result("c2")))).message).toContain(
    "Duplicate value for 'tool_call_id' of 'c1'",
  );
  expect((await chat(user, assistant, result("c2"), result("c1"))).choices).toHaveLength(1);

  const responses = (...input: OpenAI.Responses.ResponseInputItem[]) => client.responses.create({ model: "m", input });
  const output = { type: "function_call_output" as const, call_id: "c1", output: "3" };
  const asked = { type: "function_call" as const, call_id: "c1", name: "add", arguments: "{}" };
  expect((await failureOf(responses(user, output))).message).toContain("No tool call found for function call output with call_id c1");
  expect((await failureOf(responses(user, asked))).message).toContain("No tool output found for function call c1");
  expect((await responses(user, asked, output)).status).toBe("completed");
  expect(await failureOf(client.responses.create({ ...responsesAsk, previous_response_id: "resp_1" }))).toMatchObject({
    code: "previous_response_not_found",
  });
});

const text = { type: "string" };
const closed = { additionalProperties: false };
const wrongSchemas: readonly (readonly [object, string])[] = [
  [{ type: "array", items: text }, `schema must be a JSON Schema of 'type: "object"', got 'type: "array"'`],
  [{ anyOf: [text] }, "got 'type: \"None\"'"],
  [{ type: "object", properties: {} }, "In context=(), 'additionalProperties' is required to be supplied and to be false"],
  [{ type: "object", properties: { a: text, b: text }, required: ["a"], ...closed }, "Missing 'b'"],
  [{ type: "object", properties: { a: text }, required: ["a", "z"], ...closed }, "Extra required key 'z'"],
  [
    {
      type: "object",
      properties: { a: { type: "array", items: { type: "object", properties: {} } } },
      required: ["a"],
      ...closed,
    },
    "In context=('properties', 'a', 'items'), 'additionalProperties'",
  ],
  [{ type: "object", properties: { a: {} }, required: ["a"], ...closed }, "In context=('properties', 'a'), schema must have a 'type' key"],
  [{ type: "object", properties: { a: { type: "array" } }, required: ["a"], ...closed }, "array schema missing items"],
  [{ type: "object", properties: { a: { oneOf: [text] } }, required: ["a"], ...closed }, "'oneOf' is not permitted"],
  [{ type: "object", properties: { a: { ...text, default: "x" } }, required: ["a"], ...closed }, "'default' is not permitted"],
  [{ type: "object", properties: { a: { ...text, format: "uri" } }, required: ["a"], ...closed }, "'uri' is not a valid format"],
  [
    { type: "object", properties: { a: { $ref: "#/$defs/a", description: "x" } }, required: ["a"], ...closed },
    "$ref cannot have keywords {'description'}",
  ],
  [
    { type: "object", properties: {}, required: [], ...closed, $defs: { a: { type: "object" } } },
    "In context=('$defs', 'a'), 'additionalProperties'",
  ],
];

test.each(wrongSchemas)("strict schemas: %j", async (schema, problem) => {
  const { client } = await serve(() => ({}));
  const strict = { name: "answer", strict: true, schema: { ...schema } };
  const chat = await failureOf(
    client.chat.completions.create({ ...chatAsk, response_format: { type: "json_schema", json_schema: strict } }),
  );
  expect(chat).toMatchObject({ status: 400 });
  expect(chat.message).toContain("Invalid schema for response_format 'answer'");
  expect(chat.message).toContain(problem);
  expect(
    (await failureOf(client.responses.create({ ...responsesAsk, text: { format: { type: "json_schema", ...strict } } }))).message,
  ).toContain(problem);
  const tool = await failureOf(
    client.responses.create({
      ...responsesAsk,
      tools: [{ type: "function", name: "t", strict: true, parameters: { ...schema } }],
    }),
  );
  expect(tool.message).toContain(`Invalid schema for function 't'`);
});

test("a strict schema within the subset, and any object without strict, are accepted", async () => {
  const { client } = await serve(() => ({}));
  const node = {
    type: "object",
    properties: { name: { type: ["string", "null"] }, next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } },
    required: ["name", "next"],
    ...closed,
  };
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: {
      list: { type: "array", items: { $ref: "#/$defs/node" }, minItems: 1 },
      day: { ...text, format: "date" },
    },
    required: ["list", "day"],
    ...closed,
    $defs: { node },
  };
  await client.chat.completions.create({
    ...chatAsk,
    response_format: { type: "json_schema", json_schema: { name: "a", strict: true, schema } },
  });
  await client.chat.completions.create({
    ...chatAsk,
    response_format: { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } },
  });
});

test("closing ends every open connection promptly, twice is fine, and the port is free again", async () => {
  const server = await modelServer(() => new Promise(() => undefined));
  const client = new OpenAI({ baseURL: server.url, apiKey: "k", maxRetries: 0 });
  const pending = failureOf(client.responses.create(responsesAsk));
  await expect.poll(() => server.inFlight).toBe(1);
  const began = performance.now();
  await Promise.all([server.close(), server.close()]);
  expect(performance.now() - began).toBeLessThan(500);
  expect(await pending).toBeInstanceOf(OpenAI.APIConnectionError);
  const port = Number(new URL(server.url).port);
  await using again = await modelServer(() => "again", { port });
  expect(new URL(again.url).port).toBe(String(port));
  await expect(modelServer(() => "taken", { port })).rejects.toThrow("EADDRINUSE");
});

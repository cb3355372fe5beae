import { expect, test } from "vitest";
import { callTools, reply, script } from "../../src/testing/index.ts";
import { chatAsk, serve } from "./clients.ts";

const tools = ["add", "weather"].map((name) => ({
  type: "function" as const,
  function: { name, description: `The ${name} tool.`, parameters: { type: "object", properties: {} } },
}));

test("a text reply, with ids, usage and a request id", async () => {
  const { client, server } = await serve(script(["Hello there."]));
  const { data, response } = await client.chat.completions.create(chatAsk).withResponse();
  expect(data.choices[0]).toMatchObject({
    finish_reason: "stop",
    message: { role: "assistant", content: "Hello there.", refusal: null },
  });
  expect(data.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 });
  expect(response.headers.get("x-request-id")).toBe("req_000001");
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]).toMatchObject({
    index: 1,
    api: "chat",
    model: "gpt-4o",
    stream: false,
    instructions: "",
    toolChoice: "auto",
  });
  expect(server.requests[0]?.messages).toMatchObject([{ role: "user", text: "Hello?" }]);
  expect(server.requests[0]?.headers.authorization).toBe("Bearer test-key");
});

test("scripted usage, and none", async () => {
  const { client } = await serve(
    script([
      reply("a", { usage: { inputTokens: 7, outputTokens: 3, cachedInputTokens: 2, reasoningTokens: 1 } }),
      reply("b", { usage: null }),
    ]),
  );
  const first = await client.chat.completions.create(chatAsk);
  expect(first.usage).toMatchObject({
    prompt_tokens: 7,
    completion_tokens: 3,
    total_tokens: 10,
    prompt_tokens_details: { cached_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 1 },
  });
  expect((await client.chat.completions.create(chatAsk)).usage).toBeUndefined();
});

test("structured output: the schema arrives and the object comes back as JSON", async () => {
  const { client, server } = await serve(script([{ verdict: "pass" }]));
  const schema = {
    type: "object",
    properties: { verdict: { type: "string", enum: ["pass", "revise"] } },
    required: ["verdict"],
    additionalProperties: false,
  };
  const answer = await client.chat.completions.create({
    ...chatAsk,
    response_format: { type: "json_schema", json_schema: { name: "review", strict: true, schema } },
  });
  expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ verdict: "pass" });
  expect(server.requests[0]?.outputSchema).toEqual({ name: "review", schema, strict: true });
});

test("a stream: role, contents, finish, usage only when asked for", async () => {
  const text = "Grüße 👋🏽 and  two spaces\nand a line.";
  const { client } = await serve(script([text, text]));
  const chunks = [];
  for await (const chunk of await client.chat.completions.create({
    ...chatAsk,
    stream: true,
    stream_options: { include_usage: true },
  }))
    chunks.push(chunk);
  expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: "assistant" });
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(text);
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2 } });
  expect(chunks.length).toBeGreaterThan(6);
  const plain = [];
  for await (const chunk of await client.chat.completions.create({ ...chatAsk, stream: true })) plain.push(chunk);
  expect(plain.some((chunk) => chunk.usage !== undefined && chunk.usage !== null)).toBe(false);
});

test("a round trip with parallel tool calls", async () => {
  const { client, server } = await serve(
    script([
      callTools([
        { name: "add", args: { a: 1, b: 2 } },
        { name: "weather", args: { city: "Graz" } },
      ]),
      "3, and sunny.",
    ]),
  );
  const messages = [...chatAsk.messages];
  const first = (await client.chat.completions.create({ model: "gpt-4o", messages, tools })).choices[0];
  expect(first?.finish_reason).toBe("tool_calls");
  const calls = (first?.message.tool_calls ?? []).flatMap((call) => (call.type === "function" ? call : []));
  expect(calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)])).toEqual([
    ["add", { a: 1, b: 2 }],
    ["weather", { city: "Graz" }],
  ]);
  expect(new Set(calls.map((call) => call.id)).size).toBe(2);
  const results = calls.map((call) => ({
    role: "tool" as const,
    tool_call_id: call.id,
    content: `result of ${call.function.name}`,
  }));
  const second = await client.chat.completions.create({
    model: "gpt-4o",
    messages: [...messages, { role: "assistant", tool_calls: calls }, ...results],
    tools,
  });
  expect(second.choices[0]?.message.content).toBe("3, and sunny.");
  expect(server.requests[1]?.messages.slice(1)).toMatchObject([
    { role: "assistant", text: "", toolCalls: [{ name: "add" }, { name: "weather" }] },
    { role: "tool", text: "result of add", callId: calls[0]?.id },
    { role: "tool", text: "result of weather", callId: calls[1]?.id },
  ]);
  expect(server.requests[1]?.tools[0]).toMatchObject({ name: "add", description: "The add tool." });
});

test("streamed tool calls are put together by the client's own helper", async () => {
  const { client } = await serve(
    script([
      callTools([
        { name: "add", args: { a: 1, b: "two words" } },
        { name: "weather", id: "call_mine", args: "not json" },
      ]),
    ]),
  );
  const final = await client.chat.completions.stream({ ...chatAsk, tools }).finalChatCompletion();
  expect(final.choices[0]?.finish_reason).toBe("tool_calls");
  expect(final.choices[0]?.message.tool_calls).toMatchObject([
    { function: { name: "add", arguments: '{"a":1,"b":"two words"}' } },
    { id: "call_mine", function: { name: "weather", arguments: "not json" } },
  ]);
});

test("a scripted call may have an id that no server would give", async () => {
  const calls = ["same", "same", ""].map((id) => ({ name: "add", id, args: "" }));
  const { client } = await serve(script([callTools(calls)]));
  const { choices } = await client.chat.completions.create({ ...chatAsk, tools });
  expect(choices[0]?.message.tool_calls?.map((call) => call.id)).toEqual(["same", "same", ""]);
});

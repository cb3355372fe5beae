import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { expect, test } from "vitest";
import { callTools, reply, script } from "../../src/testing/index.ts";
import { responsesAsk, serve } from "./clients.ts";

const tools = ["add", "weather"].map((name) => ({
  type: "function" as const,
  name,
  description: `The ${name} tool.`,
  strict: false,
  parameters: { type: "object", properties: {} },
}));

test("a text reply, with usage and a request id", async () => {
  const { client, server } = await serve(script(["Hello there."]));
  const answer = await client.responses.create({ ...responsesAsk, instructions: "Be kind." });
  expect(answer).toMatchObject({
    status: "completed",
    output_text: "Hello there.",
    error: null,
    incomplete_details: null,
  });
  expect(answer.usage).toMatchObject({ input_tokens: 4, output_tokens: 3, total_tokens: 7 });
  expect(answer._request_id).toBe("req_000001");
  expect(server.requests[0]).toMatchObject({
    api: "responses",
    instructions: "Be kind.",
    messages: [
      { role: "system", text: "Be kind." },
      { role: "user", text: "Hello?" },
    ],
  });
});

test("scripted usage, and none", async () => {
  const { client } = await serve(
    script([
      reply("a", { usage: { inputTokens: 7, outputTokens: 3, cachedInputTokens: 2, reasoningTokens: 1 } }),
      reply("b", { usage: null }),
    ]),
  );
  expect((await client.responses.create(responsesAsk)).usage).toMatchObject({
    input_tokens: 7,
    input_tokens_details: { cached_tokens: 2 },
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 10,
  });
  expect((await client.responses.create(responsesAsk)).usage).toBeUndefined();
});

test("structured output", async () => {
  const { client, server } = await serve(script([{ verdict: "pass" }]));
  const schema = {
    type: "object",
    properties: { verdict: { type: "string" } },
    required: ["verdict"],
    additionalProperties: false,
  };
  const answer = await client.responses.create({
    ...responsesAsk,
    text: { format: { type: "json_schema", name: "review", strict: true, schema } },
  });
  expect(JSON.parse(answer.output_text)).toEqual({ verdict: "pass" });
  expect(server.requests[0]?.outputSchema).toEqual({ name: "review", schema, strict: true });
});

test("a stream has the events of the real one, numbered from 0", async () => {
  const text = "Grüße 👋🏽 and more.";
  const { client } = await serve(script([text]));
  const events: ResponseStreamEvent[] = [];
  for await (const event of await client.responses.create({ ...responsesAsk, stream: true })) events.push(event);
  const kinds = events.map((event) => event.type);
  expect(kinds.slice(0, 4)).toEqual([
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
  ]);
  expect(kinds.slice(-4)).toEqual([
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  expect(kinds.slice(4, -4).every((kind) => kind === "response.output_text.delta")).toBe(true);
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
  expect(events.map((event) => (event.type === "response.output_text.delta" ? event.delta : "")).join("")).toBe(text);
  const last = events.at(-1);
  expect(last?.type === "response.completed" && last.response.usage?.output_tokens).toBeGreaterThan(0);
});

test("the client's own stream helper puts text and calls together", async () => {
  const { client } = await serve(
    script([
      callTools(
        [
          { name: "add", args: { a: 1 } },
          { name: "weather", args: { city: "Graz" } },
        ],
        { text: "One moment." },
      ),
    ]),
  );
  const final = await client.responses.stream({ ...responsesAsk, tools }).finalResponse();
  expect(final.output_text).toBe("One moment.");
  expect(final.output.slice(1)).toMatchObject([
    { type: "function_call", name: "add", arguments: '{"a":1}' },
    { type: "function_call", name: "weather", arguments: '{"city":"Graz"}' },
  ]);
});

test("a round trip with parallel tool calls, the output items sent back as they came", async () => {
  const { client, server } = await serve(
    script([
      callTools([
        { name: "add", args: { a: 1 } },
        { name: "weather", args: {} },
      ]),
      "3, and sunny.",
    ]),
  );
  const first = await client.responses.create({ ...responsesAsk, tools });
  const calls = first.output.flatMap((item) => (item.type === "function_call" ? item : []));
  expect(calls).toHaveLength(2);
  const results = calls.map((call) => ({
    type: "function_call_output" as const,
    call_id: call.call_id,
    output: `result of ${call.name}`,
  }));
  const second = await client.responses.create({
    model: "gpt-4o",
    tools,
    input: [{ role: "user", content: "Hello?" }, ...calls, ...results],
  });
  expect(second.output_text).toBe("3, and sunny.");
  expect(server.requests[1]?.messages).toMatchObject([
    { role: "user", text: "Hello?" },
    { role: "assistant", toolCalls: [{ name: "add" }, { name: "weather" }] },
    { role: "tool", text: "result of add", callId: calls[0]?.call_id },
    { role: "tool", text: "result of weather", callId: calls[1]?.call_id },
  ]);
});

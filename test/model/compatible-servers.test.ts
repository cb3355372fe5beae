import { describe, expect, test } from "vitest";
import { ask, chunk, serveRaw, sse } from "./calls.ts";

const events = "text/event-stream";

/** What comes of a body that a server answers with, spelt by hand. */
async function answered(
  body: string | object,
  { stream = false, type = "application/json", status = 200 }: { stream?: boolean; type?: string; status?: number } = {},
) {
  const url = await serveRaw((_, response) => {
    response.writeHead(status, { "content-type": type }).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  return ask(url, { api: "chat", stream });
}

const streamed = (list: readonly (object | string)[], type = events) => answered(sse(list), { stream: true, type });
const choice = (message: object, rest: object = {}) => ({ index: 0, message, finish_reason: "stop", ...rest });
const piece = (given: object) => chunk({ tool_calls: [given] });
const named = (name: string, args: unknown) => ({ function: { name, arguments: args } });
const ended = chunk({}, { finish_reason: "tool_calls" });
const calls = (got: Awaited<ReturnType<typeof ask>>) => got.reply?.toolCalls.map(({ name, arguments: raw }) => [name, raw]);

describe("tool calls side by side, streamed", () => {
  const both = [
    ["a", '{"x":1}'],
    ["a", '{"x":2}'],
  ];

  test("whole calls that all have index 0 and ids of their own are as many calls", async () => {
    const got = await streamed([
      piece({ index: 0, id: "1", ...named("a", '{"x":1}') }),
      piece({ index: 0, id: "2", ...named("a", '{"x":2}') }),
      ended,
    ]);
    expect(calls(got)).toEqual(both);
    expect(got.reply?.toolCalls.map(({ id }) => id)).toEqual(["1", "2"]);
  });

  test("so are whole calls with neither index nor id, also in one event", async () => {
    expect(calls(await streamed([piece(named("a", '{"x":1}')), piece(named("a", '{"x":2}')), ended]))).toEqual(both);
    const once = chunk({ tool_calls: [named("a", '{"x":1}'), named("a", '{"x":2}')] });
    expect(calls(await streamed([once, ended]))).toEqual(both);
    expect(calls(await streamed([piece(named("a", "")), piece(named("b", "{}")), ended]))).toEqual([
      ["a", ""],
      ["b", "{}"],
    ]);
  });

  test("a call of which every piece has another id, or the name again, stays one call", async () => {
    const ids = [piece({ index: 0, id: "1", ...named("a", '{"x"') }), piece({ index: 0, id: "2", ...named("a", ":1}") }), ended];
    expect(calls(await streamed(ids))).toEqual([["a", '{"x":1}']]);
    const names = [piece({ index: 0, id: "1", ...named("a", '{"x":1') }), piece({ index: 0, id: "1", ...named("a", "}") }), ended];
    expect(calls(await streamed(names))).toEqual([["a", '{"x":1}']]);
  });

  test("a call that comes twice whole under one id does not become two, which would run its tool twice", async () => {
    const again = piece({ index: 0, id: "1", ...named("a", '{"x":1}') });
    expect((await streamed([again, again, ended])).reply?.toolCalls).toHaveLength(1);
  });

  test("arguments may come as an object", async () => {
    expect(calls(await streamed([piece({ index: 0, id: "1", ...named("a", { x: 1 }) }), ended]))).toEqual([["a", '{"x":1}']]);
  });
});

describe("how a reply ended", () => {
  test.each(["error", "abort", "ERROR", "insufficient_system_resource", "network_error"])(
    "%s: half of a reply is none, whole or streamed",
    async (reason) => {
      const failure = { type: "protocol", retryable: true, message: expect.stringContaining("broke off") };
      expect((await answered({ choices: [choice({ content: "Half of" }, { finish_reason: reason })] })).error).toMatchObject(failure);
      expect((await streamed([chunk({ content: "Half of" }), chunk({}, { finish_reason: reason })])).error).toMatchObject(failure);
    },
  );

  test.each([
    ["max_tokens", "length"],
    ["model_length", "length"],
    ["SAFETY", "content_filter"],
    ["sensitive", "content_filter"],
  ])("%s is %s", async (reason, type) => {
    expect((await answered({ choices: [choice({ content: "Half of" }, { finish_reason: reason })] })).error).toMatchObject({ type });
  });

  test.each(["stop", "eos", "end_turn", "STOP", null])("%s is the end of a whole reply", async (reason) => {
    expect((await answered({ choices: [choice({ content: "All." }, { finish_reason: reason })] })).reply?.text).toBe("All.");
  });

  test("an error inside of the choice is an error, with what is known of it", async () => {
    const broken = { error: { code: 502, message: "The provider has gone" }, finish_reason: "error" };
    const expected = { retryable: true, message: expect.stringContaining("The provider has gone") };
    expect((await answered({ choices: [choice({ content: "Half" }, broken)] })).error).toMatchObject(expected);
    expect((await streamed([chunk({ content: "Half" }), chunk({}, broken)])).error).toMatchObject(expected);
  });

  test.each([
    ["Azure's filter", { code: "content_filter", message: "The prompt was filtered." }],
    ["OpenAI's", { code: "content_policy_violation", type: "invalid_request_error", message: "Rejected by our safety system." }],
  ])("%s stops a prompt with a 400, which is no other bad request", async (_, error) => {
    expect((await answered({ error }, { status: 400 })).error).toMatchObject({ type: "content_filter", status: 400, retryable: false });
  });

  test("a prompt that is too long, in the words of another provider", async () => {
    const error = { message: "Input is too long for requested model." };
    expect((await answered({ error }, { status: 400 })).error?.type).toBe("context_length");
  });
});

describe("choices and contents", () => {
  test("of several choices the first by index counts, whole as streamed", async () => {
    const two = { choices: [choice({ content: "B" }, { index: 1 }), choice({ content: "A" })] };
    expect((await answered(two)).reply?.text).toBe("A");
    const other = { choices: [{ index: 1, delta: { content: "B" }, finish_reason: "stop" }] };
    expect((await streamed([other, chunk({ content: "A" }), chunk({}, { finish_reason: "stop" })])).reply?.text).toBe("A");
  });

  test("pieces may be lists of parts, of which thoughts are not said, or a whole message", async () => {
    const thought = { content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }] }] };
    const parts = await streamed([
      chunk(thought),
      chunk({ content: [{ type: "text", text: "Hel" }] }),
      chunk({ content: "lo" }, { finish_reason: "stop" }),
    ]);
    expect([parts.reply?.text, parts.deltas.join("")]).toEqual(["Hello", "Hello"]);
    expect((await streamed([{ choices: [choice({ content: "Hello" })] }])).deltas).toEqual(["Hello"]);
  });
});

describe("content types", () => {
  const hello = [chunk({ content: "Hel" }), chunk({ content: "lo" }, { finish_reason: "stop" })];

  test.each(["Text/Event-Stream; Charset=UTF-8", "text/plain", "application/octet-stream"])(
    "a stream that goes as %s is read",
    async (type) => {
      const { reply, deltas } = await streamed([...hello, "[DONE]"], type);
      expect([reply?.text, deltas.join("")]).toEqual(["Hello", "Hello"]);
    },
  );

  test("a stream that nobody asked for is read, with comments, names and CRLF in it", async () => {
    const body = `: waiting\r\n\r\nevent: message\r\n${sse(hello, "\r\n")}`;
    expect((await answered(body, { type: events })).reply?.text).toBe("Hello");
  });

  test("one that breaks off, or of which an event is no JSON, is no reply there either", async () => {
    expect((await answered(sse(hello.slice(0, 1)), { type: "text/plain" })).error?.type).toBe("stream_truncated");
    expect((await answered(sse([hello[0] as object, '{"choices":', hello[1] as object]), { type: events })).error).toMatchObject({
      type: "protocol",
      message: expect.stringContaining("malformed JSON"),
    });
  });
});

test("a refusal of Responses that is only in the pieces of the stream is a refusal", async () => {
  const list = [
    { type: "response.refusal.delta", delta: "I can" },
    { type: "response.refusal.delta", delta: "not." },
    { type: "response.completed", response: { status: "completed", output: [] } },
  ];
  const url = await serveRaw((_, response) => response.setHeader("content-type", events).end(sse(list)));
  expect((await ask(url, { api: "responses", stream: true })).error).toMatchObject({
    type: "refusal",
    message: expect.stringContaining("I cannot."),
  });
});

test("what a server says of an error is told once, and a web page as such", async () => {
  const said = async (body: string, status: number) => (await answered(body, { status, type: "text/plain" })).error?.message;
  expect(await said("{}", 400)).toMatch(/got status 400$/);
  expect(await said("teapot", 418)).toMatch(/got status 418 \(teapot\)$/);
  expect(await said(`<html><h1>Bad Gateway</h1>${"x".repeat(1000)}`, 502)).toMatch(/got status 502 \(a web page: <html>.{150,200}\)$/);
});

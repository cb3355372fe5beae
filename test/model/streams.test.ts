import { describe, expect, test } from "vitest";
import { fault, reply } from "../../src/testing/index.ts";
import { ask, chunk, serve, serveRaw, sse, until, ways } from "./calls.ts";

describe.each(ways.filter(({ stream }) => stream))("$way", ({ api }) => {
  const text = "One two three four five six.";

  test("AG04 a stream that ends without its finish event is truncated, wherever it ends", async () => {
    for (const after of [0, 1, 2, 3, 4]) {
      const server = await serve(() => fault.cutStream({ after }, text));
      const { error, reply: got } = await ask(server.url, { api, stream: true });
      expect(got).toBeUndefined();
      expect(error).toMatchObject({ type: "stream_truncated", retryable: true });
    }
  });

  test("AG05 a connection that breaks in the middle of a stream is an error with its request id, never a reply", async () => {
    const server = await serve(() => fault.cutStream({ after: 4, hangUp: true }, text));
    const { error, deltas } = await ask(server.url, { api, stream: true });
    expect(error).toMatchObject({ type: "connection", retryable: true, requestId: "req_000001" });
    expect(text.startsWith(deltas.join(""))).toBe(true);
  });

  test("AG06 a stream that falls silent runs into the idle timeout", async () => {
    const server = await serve(() => fault.cutStream({ after: 4, stall: true }, text));
    const { error } = await ask(server.url, { api, stream: true, idleTimeout: 60, timeout: 5_000 });
    expect(error).toMatchObject({ type: "timeout", message: expect.stringContaining("nothing new for 60 ms") });
    await until(() => server.inFlight === 0);
  });

  test("AG07 CRLF, comments, bytes in threes, no [DONE]", async () => {
    const odd = "Zürich 東京 🎉👩‍👩‍👧 \r\n end";
    const server = await serve(() => fault.oddStream(odd));
    const { reply: got, deltas } = await ask(server.url, { api, stream: true });
    expect(got?.text).toBe(odd);
    expect(deltas.join("")).toBe(odd);
  });

  test("an abort in the middle is an abort, although the package ends the stream in silence", async () => {
    const controller = new AbortController();
    const server = await serve(() => fault.trickle({ bytes: 8, everyMs: 2 }, text));
    const { error } = await ask(server.url, { api, stream: true, signal: controller.signal, onDelta: () => controller.abort() });
    expect(error).toMatchObject({ type: "aborted" });
    await until(() => server.inFlight === 0);
  });

  test("a listener that throws costs nothing", async () => {
    const server = await serve(() => text);
    const { reply: got } = await ask(server.url, {
      api,
      stream: true,
      onDelta: () => {
        throw new Error("mine");
      },
    });
    expect(got?.text).toBe(text);
  });

  test("a server that knows no streams answers with JSON", async () => {
    const server = await serve(() => reply(text));
    const { body } = await jsonOf(server.url, api);
    const url = await serveRaw((_, response) => response.setHeader("content-type", "application/json").end(body));
    const { reply: got, deltas } = await ask(url, { api, stream: true });
    expect(got?.text).toBe(text);
    expect(deltas).toEqual([text]);
  });

  test("listeners leave the caller's signal, however many calls it sees", async () => {
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on("warning", warn);
    const server = await serve(() => text);
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        for (let call = 0; call < 10; call++) await ask(server.url, { api, stream: true, signal });
      }),
    );
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });
});

describe("streams of other servers", () => {
  const stream = (body: string) => serveRaw((_, response) => response.setHeader("content-type", "text/event-stream").end(body));
  const chat = async (events: readonly (object | string)[]) => ask(await stream(sse(events)), { api: "chat", stream: true });

  test("AG16 arguments are put together by index, out of order, with duplicate ids", async () => {
    const piece = (index: number, given: object) => chunk({ tool_calls: [{ index, ...given }] });
    const { reply: got } = await chat([
      piece(1, { id: "same", function: { name: "b", arguments: '{"x"' } }),
      piece(0, { id: "same", function: { name: "a", arguments: "{" } }),
      piece(1, { function: { arguments: ":2}" } }),
      piece(0, { function: { arguments: '"y":1}' } }),
      chunk({}, { finish_reason: "tool_calls" }),
    ]);
    expect(got?.toolCalls.map(({ name, arguments: raw }) => [name, raw])).toEqual([
      ["b", '{"x":2}'],
      ["a", '{"y":1}'],
    ]);
    expect(new Set(got?.toolCalls.map(({ id }) => id)).size).toBe(2);
  });

  test("calls without an index go by their id, calls without both belong to the last", async () => {
    const piece = (given: object) => chunk({ tool_calls: [given] });
    const { reply: got } = await chat([
      piece({ id: "1", function: { name: "a", arguments: "{}" } }),
      piece({ id: "2", function: { name: "b", arguments: '{"x":' } }),
      piece({ function: { arguments: "1}" } }),
      chunk({}, { finish_reason: "stop" }),
    ]);
    expect(got?.toolCalls).toEqual([
      { id: "1", name: "a", arguments: "{}" },
      { id: "2", name: "b", arguments: '{"x":1}' },
    ]);
  });

  test("a call without a name is a protocol error", async () => {
    const { error } = await chat([
      chunk({ tool_calls: [{ index: 0, id: "1", function: { arguments: "{}" } }] }),
      chunk({}, { finish_reason: "tool_calls" }),
    ]);
    expect(error).toMatchObject({ type: "protocol", message: expect.stringContaining("without a name") });
  });

  test("a malformed event, events of no known shape, and an error event", async () => {
    expect((await chat([chunk({ content: "a" }), "{oops"])).error).toMatchObject({ type: "protocol", retryable: true });
    expect((await chat(["5", "null", "[]", { choices: "none" }])).error).toMatchObject({ type: "stream_truncated" });
    expect((await chat([chunk({ content: "a" }), { error: { message: "Rate limit", code: "rate_limit_exceeded" } }])).error).toMatchObject({
      type: "rate_limited",
      retryable: true,
    });
  });

  test("AG07 data over several lines", async () => {
    const event = JSON.stringify(chunk({ content: "Hi." }, { finish_reason: "stop" }), null, 1);
    const { reply: got } = await ask(
      await stream(
        `: hello\r\n\r\n${event
          .split("\n")
          .map((line) => `data: ${line}\r\n`)
          .join("")}\r\n`,
      ),
      { api: "chat", stream: true },
    );
    expect(got?.text).toBe("Hi.");
  });

  const completed = (output: readonly object[]) => ({
    type: "response.completed",
    response: { status: "completed", output, usage: { input_tokens: 1, output_tokens: 1 } },
  });
  const message = (text: string) => ({ type: "message", role: "assistant", content: [{ type: "output_text", text }] });
  const responses = async (events: readonly object[]) => ask(await stream(sse(events)), { api: "responses", stream: true });

  test("a last event without the output, and one with text that was never streamed", async () => {
    const delta = { type: "response.output_text.delta", delta: "Hi." };
    expect(
      (await responses([delta, { type: "response.output_item.done", output_index: 0, item: message("Hi.") }, completed([])])).reply?.text,
    ).toBe("Hi.");
    expect((await responses([delta, completed([])])).reply?.text).toBe("Hi.");
    const late = await responses([delta, completed([message("Hi. There.")])]);
    expect(late.reply?.text).toBe("Hi. There.");
    expect(late.deltas).toEqual(["Hi.", " There."]);
  });

  test("pieces that are not the text's are no reply", async () => {
    const { error } = await responses([{ type: "response.output_text.delta", delta: "Bye." }, completed([message("Hi.")])]);
    expect(error).toMatchObject({ type: "protocol", retryable: true });
  });

  test("a failed response tells why and what it cost", async () => {
    const failed = {
      type: "response.failed",
      response: {
        status: "failed",
        error: { code: "server_error", message: "sorry" },
        output: [],
        usage: { input_tokens: 5, output_tokens: 1 },
      },
    };
    expect((await responses([failed])).error).toMatchObject({ type: "overloaded", retryable: true, usage: { totalTokens: 6 } });
  });
});

async function jsonOf(url: string, api: "chat" | "responses"): Promise<{ readonly body: string }> {
  const [path, body] =
    api === "chat"
      ? ["chat/completions", { model: "m", messages: [{ role: "user", content: "?" }] }]
      : ["responses", { model: "m", input: "?" }];
  const response = await fetch(`${url}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer x" },
    body: JSON.stringify(body),
  });
  return { body: await response.text() };
}

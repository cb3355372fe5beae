import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import {
  contentFilter,
  empty,
  fault,
  lengthLimit,
  nullContent,
  refusal,
  reply,
  type ServedReply,
  script,
} from "../../src/testing/index.ts";
import { chatAsk, failureOf, responsesAsk, serve } from "./clients.ts";

const apis = {
  chat: async (client: OpenAI, signal?: AbortSignal) =>
    (await client.chat.completions.create(chatAsk, signal && { signal })).choices[0]?.message.content,
  responses: async (client: OpenAI, signal?: AbortSignal) =>
    (await client.responses.create(responsesAsk, signal && { signal })).output_text,
};

const streams = {
  chat: async (client: OpenAI) => {
    let text = "";
    const ends: unknown[] = [];
    for await (const chunk of await client.chat.completions.create({ ...chatAsk, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
      ends.push(chunk.choices[0]?.finish_reason ?? undefined);
    }
    return { text, ended: ends.some((end) => end !== undefined) };
  },
  responses: async (client: OpenAI) => {
    let text = "";
    const kinds: string[] = [];
    for await (const event of await client.responses.create({ ...responsesAsk, stream: true })) {
      if (event.type === "response.output_text.delta") text += event.delta;
      kinds.push(event.type);
    }
    return { text, ended: kinds.includes("response.completed") };
  },
};

describe.each(["chat", "responses"] as const)("%s", (api) => {
  const ask = apis[api];
  const stream = streams[api];

  test("statuses, in OpenAI's shape, with what they say of a retry", async () => {
    const { client } = await serve(
      script([
        fault.status(429, { retryAfter: 2, retryAfterMs: 1500 }),
        fault.status(500),
        fault.status(503, { retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT" }),
        fault.status(401, { message: "Incorrect API key provided: sk-canary." }),
        fault.contextLength(),
        fault.status(529),
      ]),
    );
    const limited = await failureOf(ask(client));
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
    expect(limited).toMatchObject({ status: 429, code: "rate_limit_exceeded", requestID: "req_000001" });
    const headers = limited.headers as Headers;
    expect([headers.get("retry-after"), headers.get("retry-after-ms")]).toEqual(["2", "1500"]);
    expect(await failureOf(ask(client))).toMatchObject({ status: 500, type: "server_error" });
    const dated = await failureOf(ask(client));
    expect((dated.headers as Headers).get("retry-after")).toBe("Wed, 21 Oct 2026 07:28:00 GMT");
    expect(await failureOf(ask(client))).toMatchObject({ status: 401, code: "invalid_api_key" });
    expect(await failureOf(ask(client))).toMatchObject({ status: 400, code: "context_length_exceeded" });
    expect(await failureOf(ask(client))).toMatchObject({ status: 529 });
  });

  test("a hang-up before the answer and one in the middle of the body", async () => {
    const cuts = [fault.hangUp(), fault.cutBody({ after: 30 }), fault.cutBody({ reset: true })];
    const { client } = await serve(script([...cuts, "Then it works."]));
    expect(await failureOf(ask(client))).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(String((await failureOf(ask(client))).message)).toMatch(/terminated|Premature|Connection/);
    const reset = await failureOf(ask(client));
    expect(String((reset.cause as { code?: string }).code)).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    expect(await ask(client)).toBe("Then it works.");
  });

  test("a stream cut without a finish: cleanly, and by a closed socket", async () => {
    const cuts = [fault.cutStream({ after: 6 }, "one two three four five"), fault.cutStream({ after: 6, hangUp: true })];
    const { client } = await serve(script([...cuts, fault.cutBody({ after: 700 }), "All of it."]));
    const cut = await stream(client);
    expect(cut.ended).toBe(false);
    expect("one two three four five".startsWith(cut.text)).toBe(true);
    expect(cut.text).not.toBe("");
    expect(String((await failureOf(stream(client))).message)).toMatch(/terminated|Premature|Connection/);
    expect(String((await failureOf(stream(client))).message)).toMatch(/terminated|Premature|Connection/);
    expect(await stream(client)).toEqual({ text: "All of it.", ended: true });
  });

  test("delay, and one that never ends until the client leaves", async () => {
    const { client, server } = await serve(script([fault.delay(60, "Late."), fault.delay(Number.POSITIVE_INFINITY, "Never.")]));
    const began = performance.now();
    expect(await ask(client)).toBe("Late.");
    expect(performance.now() - began).toBeGreaterThan(55);
    await failureOf(ask(client, AbortSignal.timeout(50)));
    await expect.poll(() => server.requests[1]?.signal.aborted).toBe(true);
    expect(server.requests[0]?.signal.aborted).toBe(false);
    await expect.poll(() => server.inFlight).toBe(0);
  });

  test("a trickle arrives whole, byte by byte; a stalled stream and endless padding do not", async () => {
    const text = "Grüße 👋🏽.";
    const usage = null;
    const { client, server } = await serve(
      script([
        fault.trickle({ bytes: 40, everyMs: 1 }, reply(text, { usage })),
        fault.trickle({ bytes: 7, everyMs: 0 }, text),
        fault.trickle({ forever: true, everyMs: 5 }),
        fault.cutStream({ after: 1, stall: true }),
      ]),
    );
    expect(await ask(client)).toBe(text);
    expect(await stream(client)).toEqual({ text, ended: true });
    await failureOf(ask(client, AbortSignal.timeout(60)));
    await failureOf(ask(client, AbortSignal.timeout(60)));
    await expect.poll(() => server.requests.slice(2).every((request) => request.signal.aborted)).toBe(true);
  });

  test("a stream in legal but rare spelling is the same text", async () => {
    const { client } = await serve(script([fault.oddStream("Grüße 👋🏽 and more.")]));
    expect(await stream(client)).toEqual({ text: "Grüße 👋🏽 and more.", ended: true });
  });

  test("malformed JSON, a web page and an error object, each with status 200", async () => {
    const error = fault.errorInBody({ message: "The engine broke." });
    const { client } = await serve(script([fault.malformed(), fault.html(), error, error]));
    expect(await failureOf(ask(client))).toBeInstanceOf(SyntaxError);
    // The client hands a page on as text: our model layer has to see that.
    expect(await ask(client).catch((thrown: unknown) => thrown)).not.toBe("Sign in");
    await ask(client).catch((thrown: unknown) => thrown);
    expect(String((await failureOf(stream(client))).message)).toContain("The engine broke.");
  });

  test("faults combine", async () => {
    const { client } = await serve(script([fault.delay(30, fault.cutStream({ after: 3 }, "one two three"))]));
    const began = performance.now();
    expect((await stream(client)).ended).toBe(false);
    expect(performance.now() - began).toBeGreaterThan(25);
  });
});

const oddAnswers: readonly (readonly [string, ServedReply, object, object])[] = [
  [
    "refusal",
    refusal("No."),
    { finish_reason: "stop", message: { content: null, refusal: "No." } },
    { status: "completed", output: [{ content: [{ type: "refusal", refusal: "No." }] }] },
  ],
  [
    "content filter",
    contentFilter("Half"),
    { finish_reason: "content_filter", message: { content: "Half" } },
    { status: "incomplete", incomplete_details: { reason: "content_filter" }, output_text: "Half" },
  ],
  [
    "length",
    lengthLimit("Half"),
    { finish_reason: "length", message: { content: "Half" } },
    { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, output_text: "Half" },
  ],
  [
    "null content",
    nullContent(),
    { finish_reason: "stop", message: { content: null } },
    { status: "completed", output: [{ type: "message", content: [] }] },
  ],
];

test.each(oddAnswers)("%s, on both APIs, as JSON and as a stream", async (_name, odd, chat, responses) => {
  const { client } = await serve(() => odd);
  expect((await client.chat.completions.create(chatAsk)).choices[0]).toMatchObject(chat);
  expect(await client.responses.create(responsesAsk)).toMatchObject(responses);
  const kinds: string[] = [];
  for await (const event of await client.responses.create({ ...responsesAsk, stream: true })) kinds.push(event.type);
  expect(kinds.at(-1)).toBe("status" in responses && responses.status === "completed" ? "response.completed" : "response.incomplete");
  const chunks = [];
  for await (const chunk of await client.chat.completions.create({ ...chatAsk, stream: true })) chunks.push(chunk);
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe((chat as { finish_reason: string }).finish_reason);
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.refusal ?? "").join("")).toBe(
    odd.content.kind === "answer" ? (odd.content.refusal ?? "") : "",
  );
});

test("an empty answer has no choices and no output items", async () => {
  const { client } = await serve(() => empty());
  expect((await client.chat.completions.create(chatAsk)).choices).toEqual([]);
  expect((await client.responses.create(responsesAsk)).output).toEqual([]);
});

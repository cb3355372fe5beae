import { describe, expect, test } from "vitest";
import type { ModelRequest } from "../../src/model/model.ts";
import { callTools, contentFilter, empty, fault, lengthLimit, nullContent, refusal } from "../../src/testing/index.ts";
import { ask, serve, until, ways } from "./calls.ts";

describe.each(ways)("$way", ({ api, stream }) => {
  test.each([
    [500, "overloaded", true],
    [502, "overloaded", true],
    [503, "overloaded", true],
    [529, "overloaded", true],
    [408, "timeout", true],
    [409, "overloaded", true],
    [429, "rate_limited", true],
    [400, "bad_request", false],
    [401, "auth", false],
    [403, "auth", false],
    [404, "bad_request", false],
    [422, "bad_request", false],
  ] as const)("AG01 status %i is %s, retryable: %s, after one request", async (status, type, retryable) => {
    const server = await serve(() => fault.status(status));
    const { error } = await ask(server.url, { api, stream });
    expect(error).toMatchObject({ type, retryable, status, requestId: "req_000001" });
    expect(error?.message).toMatch(new RegExp(`^Expected a reply from model "gpt-4o", got status ${status} \\(.+\\)`));
    expect(server.requests).toHaveLength(1);
  });

  test("Retry-After in ms, seconds, as a date, and as nonsense", async () => {
    const asked = [
      { retryAfterMs: 1234, retryAfter: 60 },
      { retryAfter: 2 },
      { retryAfter: new Date(Date.now() + 120_000).toUTCString() },
      { retryAfter: "soon" },
      { retryAfter: -7 },
    ];
    const server = await serve(({ index }) => fault.status(429, asked[index - 1] ?? {}));
    const waits: (number | undefined)[] = [];
    for (const _ of asked) waits.push((await ask(server.url, { api, stream })).error?.retryAfterMs);
    expect(waits.slice(0, 2)).toEqual([1234, 2000]);
    expect(waits[2]).toBeGreaterThan(115_000);
    expect(waits[2]).toBeLessThanOrEqual(121_000);
    expect(waits.slice(3)).toEqual([undefined, undefined]);
  });

  test("AG15 context length exceeded", async () => {
    const server = await serve(() => fault.contextLength());
    expect((await ask(server.url, { api, stream })).error).toMatchObject({ type: "context_length", retryable: false, status: 400 });
  });

  test("AG13 refusal, content filter, length, no choice and no content are five errors, each with what it cost", async () => {
    const usage = { inputTokens: 3, outputTokens: 2 };
    const replies = [
      refusal("Not that.", { usage }),
      contentFilter("par", { usage }),
      lengthLimit("par", { usage }),
      empty({ usage }),
      nullContent({ usage }),
    ];
    const server = await serve(({ index }) => replies[index - 1]);
    const errors = [];
    for (const _ of replies) errors.push((await ask(server.url, { api, stream })).error);
    expect(errors.map((error) => error?.type)).toEqual(["refusal", "content_filter", "length", "empty", "no_content"]);
    for (const error of errors) expect(error?.usage).toMatchObject({ totalTokens: 5, modelCalls: 1 });
    expect(errors[0]?.message).toContain("Not that.");
    expect(errors.map((error) => error?.retryable)).toEqual([false, false, false, true, true]);
  });

  test("AG20 a web page, cut JSON, an error object and an empty body in a 200", async () => {
    const faults = [
      fault.html(),
      fault.malformed(),
      fault.malformed(""),
      fault.malformed("[]"),
      fault.malformed('"text"'),
      fault.malformed('{"error":"no such model"}'),
    ];
    const server = await serve(({ index }) => faults[index - 1]);
    for (const _ of faults) {
      const { error } = await ask(server.url, { api, stream });
      expect(error).toMatchObject({ type: "protocol", requestId: expect.stringMatching(/^req_/) });
    }
  });

  test("AG20 an error object in a 200", async () => {
    const server = await serve(() => fault.errorInBody({ message: "boom", code: "server_error" }));
    const { error } = await ask(server.url, { api, stream });
    expect(error).toMatchObject({ type: stream ? "overloaded" : "protocol", retryable: true });
    expect(error?.message).toContain("server_error: boom");
  });

  test("a hang-up and a cut body are connection errors", async () => {
    const server = await serve(({ index }) => (index === 1 ? fault.hangUp() : fault.cutBody({ after: 60 })));
    for (const _ of [1, 2]) expect((await ask(server.url, { api, stream })).error).toMatchObject({ type: "connection", retryable: true });
  });

  test("nobody listens there", async () => {
    const server = await serve(() => "");
    await server.close();
    const { error } = await ask(server.url, { api, stream });
    expect(error).toMatchObject({ type: "connection", retryable: true, message: expect.stringContaining("ECONNREFUSED") });
  });

  test("an abort before, and one while waiting", async () => {
    const server = await serve(() => fault.delay(Number.POSITIVE_INFINITY, "late"));
    expect((await ask(server.url, { api, stream, signal: AbortSignal.abort() })).error).toMatchObject({
      type: "aborted",
      retryable: false,
    });
    expect(server.requests).toHaveLength(0);
    const controller = new AbortController();
    const asked = ask(server.url, { api, stream, signal: controller.signal });
    await until(() => server.inFlight === 1);
    controller.abort(new Error("enough"));
    expect((await asked).error).toMatchObject({ type: "aborted" });
    await until(() => server.inFlight === 0);
  });

  test("the whole request's timeout, and the socket is closed", async () => {
    const server = await serve(() => fault.trickle({ bytes: 1, everyMs: 2, forever: true }));
    const { error } = await ask(server.url, { api, stream, timeout: 60 });
    expect(error).toMatchObject({ type: "timeout", retryable: true, message: expect.stringContaining("60 ms") });
    await until(() => server.inFlight === 0);
  });

  test("AG16 duplicate and missing ids of tool calls", async () => {
    const server = await serve(() =>
      callTools([
        { id: "same", name: "look", args: { at: 1 } },
        { id: "same", name: "look", args: { at: 2 } },
      ]),
    );
    const tool = { name: "look", description: "Looks.", input: { type: "object", properties: {}, additionalProperties: true } };
    const request: ModelRequest = { messages: [{ role: "user", content: "Look." }], tools: [tool] };
    const { reply: got } = await ask(server.url, { api, stream }, request);
    expect(got?.toolCalls.map((call) => call.arguments)).toEqual(['{"at":1}', '{"at":2}']);
    expect(new Set(got?.toolCalls.map((call) => call.id)).size).toBe(2);
    const again = await ask(
      server.url,
      { api, stream },
      {
        ...request,
        messages: [
          ...request.messages,
          { role: "assistant", content: "", toolCalls: got?.toolCalls ?? [] },
          ...(got?.toolCalls ?? []).map(({ id }) => ({ role: "tool" as const, callId: id, content: id })),
        ],
      },
    );
    expect(again.reply?.toolCalls).toHaveLength(2);
    expect(again.reply?.toolCalls.some(({ id }) => id === "same")).toBe(false);
  });

  test("AG21 a canary key in the key, the environment and the provider's text is in no error", async () => {
    const canary = "canary-9f8e7d6c5b4a";
    const faults = [
      fault.status(401, { message: `Incorrect API key provided: ${canary}.`, headers: { "x-request-id": canary } }),
      fault.status(500, { message: `Traceback: Authorization: Bearer ${canary}` }),
      fault.status(400, { message: `${"x".repeat(590)}${canary}`, code: canary }),
      fault.html(`<html>${canary}</html>`),
      fault.malformed(`{"key":"${canary}"`),
      fault.errorInBody({ message: canary, code: canary }),
      refusal(`I was given ${canary}.`),
    ];
    const server = await serve(({ index }) => faults[index - 1]);
    for (const _ of faults) {
      const { error } = await ask(server.url, { api, stream, apiKey: canary });
      expect(error).toBeDefined();
      expect(JSON.stringify(error)).not.toContain(canary.slice(0, 12));
    }
    expect(server.requests).toHaveLength(faults.length);
  });
});

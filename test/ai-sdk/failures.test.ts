import {
  APICallError,
  InvalidPromptError,
  LoadAPIKeyError,
  NoContentGeneratedError,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { AgentError } from "../../src/model/model.ts";
import { sleep, unhandledIn } from "../support/promises.ts";
import { ask, hello, mocked, says, streamed, versions } from "./mock-models.ts";

const canary = "canary-key-0123456789";

function apiError(statusCode: number | undefined, rest: Partial<ConstructorParameters<typeof APICallError>[0]> = {}): APICallError {
  return new APICallError({
    message: "It failed.",
    url: `https://api.example.com/v1?key=${canary}`,
    requestBodyValues: { authorization: canary },
    ...(statusCode !== undefined && { statusCode }),
    ...rest,
  });
}

afterEach(() => vi.unstubAllEnvs());

describe.each(versions)("a %s model that fails", (_, Version) => {
  const errorOf = async (thrown: unknown): Promise<AgentError | undefined> => {
    const fail = () => {
      throw thrown;
    };
    const model = mocked(Version, { generate: fail, stream: fail });
    const whole = await ask(model);
    expect((await ask(model, hello, { streaming: true })).error).toEqual(whole.error);
    expect(model.doGenerateCalls).toHaveLength(1);
    return whole.error;
  };

  test.each<[number, AgentError["type"], boolean]>([
    [400, "bad_request", false],
    [401, "auth", false],
    [403, "auth", false],
    [404, "bad_request", false],
    [408, "timeout", true],
    [409, "overloaded", true],
    [422, "bad_request", false],
    [429, "rate_limited", true],
    [500, "overloaded", true],
    [529, "overloaded", true],
  ])("AG01: status %i is %s, retryable: %s, after one request", async (status, type, retryable) => {
    expect(await errorOf(apiError(status))).toMatchObject({ type, status, retryable });
  });

  test("a provider's own verdict counts, unless the quota is used up", async () => {
    expect(await errorOf(apiError(400, { isRetryable: true }))).toMatchObject({ type: "bad_request", retryable: true });
    expect(await errorOf(apiError(500, { isRetryable: false }))).toMatchObject({ type: "overloaded", retryable: false });
    const data = { error: { code: "insufficient_quota", message: "You exceeded your current quota." } };
    expect(await errorOf(apiError(429, { data }))).toMatchObject({ type: "rate_limited", retryable: false });
  });

  test("the body tells a context that is too long, in every provider's words", async () => {
    const bodies = [
      { data: { error: { code: "context_length_exceeded", message: "Too long." } } },
      { responseBody: '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}}' },
      { message: "This model's maximum context length is 8192 tokens." },
    ];
    for (const body of bodies) expect(await errorOf(apiError(400, body))).toMatchObject({ type: "context_length", retryable: false });
  });

  test("RT12: Retry-After and the request's id come from the headers", async () => {
    const error = await errorOf(
      apiError(429, { responseHeaders: { "Retry-After-Ms": "1234", "retry-after": "60", "request-id": "req_9" } }),
    );
    expect(error).toMatchObject({ retryAfterMs: 1234, requestId: "req_9" });
    expect(await errorOf(apiError(503, { responseHeaders: { "retry-after": "2" } }))).toMatchObject({ retryAfterMs: 2000 });
  });

  test("a request without an answer is told from its cause", async () => {
    const cause = Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) });
    const error = await errorOf(apiError(undefined, { message: "Cannot connect to API", cause, isRetryable: true }));
    expect(error).toMatchObject({ type: "connection", retryable: true });
    expect(error?.message).toContain("ECONNREFUSED");
  });

  test("AG20: a 200 with a web page, cut JSON, an error object or no choices", async () => {
    const bodies: readonly [Partial<ConstructorParameters<typeof APICallError>[0]>, object][] = [
      [{ responseBody: "<!doctype html><title>Sign in</title>" }, { type: "protocol", retryable: false }],
      [{ responseBody: '{"id":"1",' }, { type: "protocol", retryable: true }],
      [{ responseBody: '{"error":{"type":"server_error","message":"Sorry."}}' }, { type: "protocol", retryable: true }],
      [
        { responseBody: '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}' },
        { type: "empty", retryable: true, usage: { totalTokens: 5 } },
      ],
      [{ responseBody: "{}" }, { type: "protocol", retryable: false }],
    ];
    for (const [body, expected] of bodies) expect(await errorOf(apiError(200, body))).toMatchObject(expected);
  });

  test("the SDK's other errors, and what is no error at all", async () => {
    const thrown: readonly [unknown, AgentError["type"]][] = [
      [new LoadAPIKeyError({ message: "OpenAI API key is missing." }), "auth"],
      [new UnsupportedFunctionalityError({ functionality: "audio" }), "bad_request"],
      [new InvalidPromptError({ prompt: "", message: "no messages" }), "bad_request"],
      [new NoContentGeneratedError(), "no_content"],
      [new TypeError("terminated"), "connection"],
      [new Error("a mistake"), "protocol"],
      ["text", "protocol"],
      [undefined, "protocol"],
      [null, "protocol"],
      [
        new Proxy(
          {},
          {
            get: () => {
              throw new Error("no");
            },
          },
        ),
        "protocol",
      ],
    ];
    for (const [one, type] of thrown) expect((await errorOf(one))?.type).toBe(type);
  });

  test("AG21: no key is shown, be it in the environment, told, or shaped like one", async () => {
    vi.stubEnv("SOME_PROVIDER_API_KEY", canary);
    const message = `Incorrect key ${canary}, told-secret-99 and sk-abcdefgh12345678.`;
    const fail = () => {
      throw apiError(401, { message, responseBody: JSON.stringify({ error: { message } }), responseHeaders: { "x-request-id": canary } });
    };
    const { error } = await ask(mocked(Version, { generate: fail }), hello, { secrets: ["told-secret-99"] });
    expect(error).toMatchObject({ type: "auth", requestId: "[redacted]" });
    expect(error?.message).toMatch(/Incorrect key \[redacted\], \[redacted\] and \[redacted\]/);
    expect(error?.message).toMatch(/check the API key that the provider was given$/);
    expect(JSON.stringify(error)).not.toMatch(/canary|told-secret|sk-abc/);
  });

  test("an abort ends a request and a stream, even of a provider that does not watch its signal", async () => {
    const never = () => new Promise(() => {});
    const silent = () => ({ stream: new ReadableStream({}) });
    const unhandled = await unhandledIn(async () => {
      for (const [behaviour, streaming] of [
        [{ generate: never }, false],
        [{ stream: never }, true],
        [{ stream: silent }, true],
      ] as const) {
        const abort = new AbortController();
        setTimeout(() => abort.abort("enough"), 10);
        const { error } = await ask(mocked(Version, behaviour), hello, { streaming, signal: abort.signal });
        expect(error).toMatchObject({ type: "aborted", retryable: false });
      }
      const model = mocked(Version, { generate: () => says("never") });
      expect((await ask(model, hello, { signal: AbortSignal.abort() })).error?.type).toBe("aborted");
      expect(model.doGenerateCalls).toHaveLength(0);
    });
    expect(unhandled).toEqual([]);
  });

  test("a stream that comes when nobody waits for it any more is cancelled, so that its connection is free", async () => {
    let cancelled = 0;
    const late = async () => {
      await sleep(60);
      return { stream: new ReadableStream({ cancel: () => void cancelled++ }) };
    };
    const { error } = await ask(mocked(Version, { stream: late }), hello, { streaming: true, timeout: 20 });
    expect(error?.type).toBe("timeout");
    await vi.waitFor(() => expect(cancelled).toBe(1));
  });

  test("AG06: total and idle time are limited, and the provider's signal is aborted", async () => {
    let signal: AbortSignal | undefined;
    const hang = (options: { abortSignal?: AbortSignal }) => {
      signal = options.abortSignal;
      return new Promise(() => {});
    };
    const total = await ask(mocked(Version, { generate: hang }), hello, { timeout: 20 });
    expect(total.error).toMatchObject({ type: "timeout", retryable: true });
    expect(total.error?.message).toBe('Expected a reply from model "mock", got none within 20 ms; see timeout and idleTimeout of aiSdk()');
    expect(signal?.aborted).toBe(true);
    let cancelled = false;
    const drip = () => ({
      stream: new ReadableStream({
        start: async (controller) => {
          for (let sent = 0; sent < 5; sent++) {
            controller.enqueue({ type: "text-delta", id: "0", delta: "x" });
            await sleep(100);
          }
        },
        cancel: () => {
          cancelled = true;
        },
      }),
    });
    const idle = await ask(mocked(Version, { stream: drip }), hello, { streaming: true, idleTimeout: 400 });
    expect(idle).toMatchObject({ error: { type: "timeout" }, deltas: ["x", "x", "x", "x", "x"] });
    expect(idle.error?.message).toContain("nothing new for 400 ms");
    expect(cancelled).toBe(true);
  });

  test("a listener that throws does not cost the reply", async () => {
    const { aiSdk } = await import("heddle/ai-sdk");
    const parts = [
      { type: "text-delta" as const, id: "0", delta: "ok" },
      { type: "finish" as const, finishReason: { unified: "stop" as const, raw: "stop" }, usage: says("").usage },
    ];
    const model = aiSdk(mocked(Version, { stream: () => streamed(parts) }));
    const onDelta = () => {
      throw new Error("a bad listener");
    };
    const reply = await model.generate(hello, { signal: new AbortController().signal, onDelta });
    expect(reply._unsafeUnwrap().text).toBe("ok");
  });
});

test("without a listener, a warning is printed once for a model", async () => {
  const { aiSdk } = await import("heddle/ai-sdk");
  const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  try {
    const warnings = [{ type: "unsupported" as const, feature: "topP" }];
    const model = aiSdk(mocked(versions[0][1], { generate: () => ({ ...says("ok"), warnings }) }));
    for (const _ of [1, 2, 3]) await model.generate(hello, { signal: new AbortController().signal });
    expect(emitted.mock.calls).toEqual([['Model "mock": topP is not supported', "AiSdkWarning"]]);
  } finally {
    emitted.mockRestore();
  }
});

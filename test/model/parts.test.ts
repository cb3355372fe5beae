import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startDeadline } from "../../src/model/deadline.ts";
import { thrownTrouble } from "../../src/model/errors.ts";
import { redact } from "../../src/model/redact.ts";
import { replayable } from "../../src/model/replayable.ts";
import { retryAfter } from "../../src/model/retry-after.ts";
import { settleCalls } from "../../src/model/tool-calls.ts";
import { toAgentError } from "../../src/model/trouble.ts";
import { cut } from "../../src/plan/cut.ts";

const headers = (given: Record<string, string>) => new Headers(given);
const now = () => Date.parse("2026-11-23T00:00:00Z");

describe("Retry-After", () => {
  test.each<[Record<string, string>, number | undefined]>([
    [{ "retry-after-ms": "1500", "retry-after": "9" }, 1500],
    [{ "retry-after-ms": "soon", "retry-after": "9" }, 9000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "Mon, 23 Nov 2026 00:00:10 GMT" }, 10_000],
    [{ "retry-after": "Mon, 23 Nov 2026 00:00:10 GMT", date: "Mon, 23 Nov 2026 00:00:07 GMT" }, 3_000],
    [{ "retry-after": "Sun, 22 Nov 2026 00:00:00 GMT" }, 0],
    [{ "retry-after": "-5" }, undefined],
    [{ "retry-after": "1e999" }, undefined],
    [{ "retry-after": "NaN" }, undefined],
    [{ "retry-after": "later" }, undefined],
    [{}, undefined],
  ])("%j", (given, expected) => expect(retryAfter(headers(given), now)).toBe(expected));

  test("is never negative, infinite or no number, whatever the header", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21-\x7e]{0,30}$/), fc.stringMatching(/^[\x21-\x7e]{0,30}$/), (ms, seconds) => {
        const wait = retryAfter(headers({ "retry-after-ms": ms, "retry-after": seconds }));
        expect(wait === undefined || (Number.isFinite(wait) && wait >= 0)).toBe(true);
      }),
    );
  });
});

describe("AG21 redaction", () => {
  test.each([
    ["Incorrect API key provided: sk-proj-abc*****WXYZ. Find it at …", "Incorrect API key provided: [redacted]. Find it at …"],
    ["authorization: Bearer eyJhbGciOi.J9-x_y", "authorization: Bearer [redacted]"],
    ['{"api_key":"abcdef123456"}', '{"api_key":"[redacted]"}'],
    ["connect to http://user:pa55word@host:80/v1", "connect to http://[redacted]@host:80/v1"],
    [`denied for AIza${"x".repeat(35)} today`, "denied for [redacted] today"],
    [`gh${"p_"}${"x".repeat(36)} and xox${"b-"}1234567890-ab`, "[redacted] and [redacted]"],
    ["GET /v1?key=abcdef123&page=2", "GET /v1?key=[redacted]&page=2"],
    ["the key is missing; see ?help=yes", "the key is missing; see ?help=yes"],
    ["my canary-key-1 was refused", "my [redacted] was refused"],
    ["?key=canary%2Fkey%201", "?key=[redacted]"],
    ["The desk-organizer task is disk-bound and risk-averse.", "The desk-organizer task is disk-bound and risk-averse."],
  ])("%s", (text, shown) => expect(redact(text, ["canary-key-1", "canary/key 1"])).toBe(shown));

  test("a known secret is in no redacted text, wherever it stands", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{8,40}$/), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!"[redacted]".includes(secret));
        expect(redact(before + secret + after, [secret])).not.toContain(secret);
      }),
    );
  });
});

test("cut keeps the limit and never half a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, most) => {
      const short = cut(text, most);
      expect(short.length).toBeLessThanOrEqual(most);
      if (text.isWellFormed()) expect(short.isWellFormed()).toBe(true);
    }),
  );
});

test("arguments go back as a JSON object, whatever the model wrote", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (raw) => {
      const value: unknown = JSON.parse(replayable(raw));
      expect(typeof value === "object" && value !== null && !Array.isArray(value)).toBe(true);
    }),
  );
  expect(replayable('{"a":1}')).toBe('{"a":1}');
});

describe("AG16 ids of tool calls", () => {
  const id = fc.constantFrom(undefined, null, "", "a", "b", "call_0_0", 7);
  const call = fc.record({ id, name: fc.constant("look"), arguments: fc.constant("{}") });

  test("are unique in the whole conversation, in order, and the same in a replay", () => {
    fc.assert(
      fc.property(fc.array(fc.array(call, { maxLength: 4 }), { maxLength: 4 }), (turns) => {
        const history: { role: "assistant"; content: string; toolCalls: readonly { id: string; name: string; arguments: string }[] }[] = [];
        for (const calls of turns) {
          const toolCalls = settleCalls(calls, history)._unsafeUnwrap();
          expect(settleCalls(calls, history)._unsafeUnwrap()).toEqual(toolCalls);
          expect(toolCalls).toHaveLength(calls.length);
          history.push({ role: "assistant", content: "", toolCalls });
        }
        const ids = history.flatMap((message) => message.toolCalls.map((made) => made.id));
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });
  test("one that is new stays as it is", () =>
    expect(settleCalls([{ id: "x", name: "n", arguments: { a: 1 } }], [])._unsafeUnwrap()).toEqual([
      { id: "x", name: "n", arguments: '{"a":1}' },
    ]));
  test("a call without a name is a protocol error", () =>
    expect(settleCalls([{ id: "x", name: null, arguments: "" }], [])._unsafeUnwrapErr()).toMatchObject({ type: "protocol" }));
});

describe("what is thrown", () => {
  const model = "m";
  const system = (code: string, message = code) =>
    Object.assign(new Error("Connection error."), {
      cause: Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(message), { code }) }),
    });
  test.each<[string, unknown, string, boolean]>([
    ["a refused connection", system("ECONNREFUSED"), "connection", true],
    ["a reset one", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }), "connection", true],
    ["an unknown host", system("ENOTFOUND"), "connection", true],
    ["a cut body", new TypeError("terminated"), "connection", true],
    ["a bad certificate", system("DEPTH_ZERO_SELF_SIGNED_CERT"), "connection", false],
    ["a connect timeout", system("UND_ERR_CONNECT_TIMEOUT"), "timeout", true],
    ["the client's own timeout", new Error("Request timed out."), "timeout", true],
    ["an unreadable base URL", Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL" }), "bad_request", false],
    ["malformed JSON", new SyntaxError("Unexpected token"), "protocol", true],
    ["missing credentials", new Error("Missing credentials. Please pass an `apiKey`"), "auth", false],
    [
      "an error that cannot be read",
      new Proxy(
        {},
        {
          get() {
            throw new Error("no");
          },
        },
      ),
      "protocol",
      false,
    ],
    ["nothing", undefined, "protocol", false],
    ["text", "boom", "protocol", false],
    ["a bug", new RangeError("Invalid string length"), "protocol", false],
  ])("%s", (_, thrown, type, retryable) => expect(toAgentError(thrownTrouble(thrown), model)).toMatchObject({ type, retryable }));

  test("a ring of causes ends", () => {
    const ring: { cause?: unknown; message: string } = { message: "odd" };
    ring.cause = ring;
    expect(thrownTrouble(ring)).toMatchObject({ type: "protocol" });
  });

  test("anything at all becomes an error with a message of bounded length", () => {
    fc.assert(
      fc.property(fc.anything(), fc.string({ maxLength: 3_000 }), (thrown, message) => {
        for (const one of [thrown, { status: 500, message, error: thrown }, { message, cause: thrown }]) {
          const error = toAgentError(thrownTrouble(one), model);
          expect(error.message).toMatch(/^Expected a reply from model "m", got ./s);
          expect(error.message.length).toBeLessThan(900);
        }
      }),
    );
  });

  test.each([
    [
      "x-should-retry: false on a 500",
      { status: 500, headers: headers({ "x-should-retry": "false" }) },
      { type: "overloaded", retryable: false },
    ],
    [
      "x-should-retry: true on a 400",
      { status: 400, headers: headers({ "x-should-retry": "true" }) },
      { type: "bad_request", retryable: true },
    ],
    [
      "a used-up quota",
      { status: 429, error: { code: "insufficient_quota", message: "You exceeded your current quota" } },
      { type: "rate_limited", retryable: false },
    ],
    [
      "llama.cpp's full context",
      { status: 400, error: { type: "exceed_context_size_error", message: "the request exceeds the available context size" } },
      { type: "context_length", retryable: false },
    ],
    [
      "vLLM's full context",
      { status: 400, error: { message: "This model's maximum context length is 8192 tokens." } },
      { type: "context_length", retryable: false },
    ],
    ["headers that are none", { status: 429, headers: { get: 5 } }, { type: "rate_limited", retryable: true }],
  ])("%s", (_, thrown, expected) => expect(toAgentError(thrownTrouble(thrown), model)).toMatchObject(expected));
});

describe("deadlines", () => {
  const never = new AbortController().signal;
  test("an aborted caller aborts at once", () => {
    const deadline = startDeadline(AbortSignal.abort("why"), { total: 1e12, idle: 1e12 });
    expect(deadline.signal.reason).toBe("why");
    expect(deadline.passed).toBeUndefined();
    deadline.close();
  });
  test("the total passes although there is always something new", async () => {
    const deadline = startDeadline(never, { total: 40, idle: 20 });
    const ticks = setInterval(() => deadline.heard(), 5);
    await new Promise((resolve) => deadline.signal.addEventListener("abort", resolve));
    clearInterval(ticks);
    expect(deadline.passed).toBe("total");
    deadline.close();
  });
  test("a limit beyond Node's timers does not fire", async () => {
    const deadline = startDeadline(never, { total: Number.POSITIVE_INFINITY, idle: 2 ** 40 });
    deadline.heard();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(deadline.signal.aborted).toBe(false);
    deadline.close();
  });
});

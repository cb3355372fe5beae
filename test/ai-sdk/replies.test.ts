import type { LanguageModelV4Content, LanguageModelV4FinishReason, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelRequest } from "../../src/model/model.ts";
import { ask, generated, hello, mocked, says, stop, streamed, usage, versions } from "./mock-models.ts";

const finish = (finishReason: LanguageModelV4FinishReason = stop): LanguageModelV4StreamPart => ({ type: "finish", finishReason, usage });
const delta = (text: string): LanguageModelV4StreamPart => ({ type: "text-delta", id: "0", delta: text });
const call = (toolCallId: string, toolName: string, input: string, providerExecuted = false): LanguageModelV4Content => ({
  type: "tool-call",
  toolCallId,
  toolName,
  input,
  ...(providerExecuted && { providerExecuted }),
});
const counted = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 7, reasoningTokens: 3, totalTokens: 17, modelCalls: 1 };

describe.each(versions)("a reply of a %s model", (_, Version) => {
  /** The same content as `doGenerate` gives it and as `doStream` does. */
  const bothWays = async (
    content: readonly LanguageModelV4Content[],
    finishReason: LanguageModelV4FinishReason = stop,
    request = hello,
  ) => {
    const parts = content.flatMap((part): LanguageModelV4StreamPart[] => (part.type === "text" ? [delta(part.text)] : [part as never]));
    const model = mocked(Version, {
      generate: () => generated({ content: [...content], finishReason }),
      stream: () => streamed([{ type: "stream-start", warnings: [] }, ...parts, finish(finishReason)]),
    });
    return [await ask(model, request), await ask(model, request, { streaming: true })];
  };

  test("is its text and calls, without what the provider ran itself, thought or found", async () => {
    const outcomes = await bothWays([
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "Let me " },
      { type: "source", sourceType: "url", id: "s", url: "https://example.com" },
      { type: "text", text: "see." },
      call("p", "web_search", "{}", true),
      call("a", "weather", '{"city":"Bern"}'),
      call("a", "weather", ""),
    ]);
    for (const { reply } of outcomes)
      expect(reply).toMatchObject({
        text: "Let me see.",
        toolCalls: [
          { id: "a", name: "weather", arguments: '{"city":"Bern"}' },
          { id: "call_1_1", name: "weather", arguments: "" },
        ],
        usage: counted,
      });
    expect(outcomes[1]?.deltas).toEqual(["Let me ", "see."]);
  });

  test("joined deltas are the text, whatever it is cut into", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), async (pieces) => {
        const model = mocked(Version, { stream: () => streamed([...pieces.map(delta), finish()]) });
        const { reply, error, deltas } = await ask(model, hello, { streaming: true });
        expect(deltas.join("")).toBe(pieces.join(""));
        if (pieces.join("") === "") expect(error?.type).toBe("no_content");
        else expect(reply?.text).toBe(deltas.join(""));
      }),
      { numRuns: 50 },
    );
  });

  test.each<[LanguageModelV4FinishReason["unified"], string | undefined, string, string, boolean]>([
    ["length", "max_tokens", "Half of", "length", false],
    ["content-filter", "content_filter", "Half of", "content_filter", false],
    ["content-filter", "SAFETY", "", "content_filter", false],
    ["content-filter", "stop", "I cannot.", "refusal", false],
    ["content-filter", "refusal", "", "refusal", false],
    ["error", "crashed", "Half of", "protocol", true],
    ["interrupted", undefined, "Half of", "stream_truncated", true],
    ["stop", "stop", "", "no_content", true],
  ])("that finished with %s (%s) after %j is %s", async (unified, raw, text, type, retryable) => {
    for (const { error } of await bothWays(text === "" ? [] : [{ type: "text", text }], { unified, raw })) {
      expect(error).toMatchObject({ type, retryable, usage: counted });
      expect(error?.message).toMatch(/^Expected a reply from model "mock", got /);
      if (type === "refusal" && text !== "") expect(error?.message).toContain(text);
    }
  });

  test("a finish for a reason of the provider's own is whole; in a stream, one without a reason is not", async () => {
    const said: LanguageModelV4Content[] = [{ type: "text", text: "Done." }];
    for (const { reply } of await bothWays(said, { unified: "other", raw: "pause_turn" })) expect(reply?.text).toBe("Done.");
    const [whole, cut] = await bothWays(said, { unified: "other", raw: undefined });
    expect(whole?.reply?.text).toBe("Done.");
    expect(cut?.error).toMatchObject({ type: "stream_truncated", retryable: true });
  });

  test("AG04: a stream that ends or breaks without a finish is a failure", async () => {
    const broken = () => ({
      stream: new ReadableStream({
        start: (controller) => {
          controller.enqueue(delta("Half"));
          setTimeout(() => controller.error(new TypeError("terminated")), 5);
        },
      }),
    });
    const ended = mocked(Version, { stream: () => streamed([delta("Half of")]) });
    expect(await ask(ended, hello, { streaming: true })).toMatchObject({ error: { type: "stream_truncated" }, deltas: ["Half of"] });
    const cut = await ask(mocked(Version, { stream: broken }), hello, { streaming: true });
    expect(cut).toMatchObject({ error: { type: "connection", retryable: true }, deltas: ["Half"] });
  });

  test("an error part fails the stream, though a finish follows; what it cost is kept", async () => {
    const errors: readonly [unknown, object, RegExp][] = [
      [{ type: "server_error", message: "Try again." }, { type: "overloaded", retryable: true }, /server_error: Try again\./],
      [{ error: { type: "overloaded_error", message: "Overloaded" } }, { type: "overloaded", retryable: true }, /Overloaded/],
      ["it broke", { type: "protocol", retryable: false }, /it broke/],
    ];
    for (const [error, expected, message] of errors) {
      const parts: LanguageModelV4StreamPart[] = [delta("Ha"), { type: "error", error }, finish({ unified: "error", raw: undefined })];
      const outcome = await ask(mocked(Version, { stream: () => streamed(parts) }), hello, { streaming: true });
      expect(outcome.error).toMatchObject({ ...expected, usage: counted });
      expect(outcome.error?.message).toMatch(message);
    }
  });

  test("usage that is missing or absurd counts the call and no tokens, and says so", async () => {
    const nothing = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined };
    const none = { inputTokens: nothing, outputTokens: { total: undefined, text: undefined, reasoning: undefined } };
    const absurd = { ...usage, outputTokens: { total: 1e15, text: undefined, reasoning: undefined } };
    for (const reported of [none, absurd, { ...usage, inputTokens: { ...nothing, total: -5 } }, undefined, "many"]) {
      const content: LanguageModelV4Content[] = [{ type: "text", text: "ok" }];
      const model = mocked(Version, { generate: () => ({ ...generated({ content }), usage: reported }) });
      const { reply } = await ask(model);
      expect(reply).toMatchObject({ usageMissing: true, usage: { totalTokens: 0, modelCalls: 1 } });
    }
    const more = { ...usage, inputTokens: { ...usage.inputTokens, cacheRead: 99 } };
    const { reply } = await ask(mocked(Version, { generate: () => ({ ...says("ok"), usage: more }) }));
    expect(reply?.usage.cachedInputTokens).toBe(10);
  });

  test("the provider's id comes from its header, else from the reply", async () => {
    const response = { id: "resp_1", headers: { "X-Request-Id": "req_1" } };
    const whole = (given: object) => ask(mocked(Version, { generate: () => ({ ...says("ok"), response: given }) }));
    expect((await whole(response)).reply?.requestId).toBe("req_1");
    expect((await whole({ id: "resp_1" })).reply?.requestId).toBe("resp_1");
    const parts: LanguageModelV4StreamPart[] = [{ type: "response-metadata", id: "resp_2" }, delta("ok"), finish()];
    const stream = await ask(mocked(Version, { stream: () => streamed(parts) }), hello, { streaming: true });
    expect(stream.reply?.requestId).toBe("resp_2");
  });

  test("what the provider did otherwise than asked is told, and a listener that throws harms nothing", async () => {
    const warnings = [
      { type: "unsupported" as const, feature: "temperature", details: "reasoning models have none" },
      { type: "compatibility" as const, feature: "json" },
      { type: "other" as const, message: "Slow today." },
    ];
    const told: string[] = [];
    const onWarning = (warning: string) => {
      told.push(warning);
      throw new Error("a bad listener");
    };
    const model = mocked(Version, {
      generate: () => ({ ...says("ok"), warnings }),
      stream: () => streamed([{ type: "stream-start", warnings }, delta("ok"), finish()]),
    });
    const expected = ["temperature is not supported: reasoning models have none", "json is emulated", "Slow today."];
    expect((await ask(model, hello, { onWarning })).reply?.text).toBe("ok");
    expect((await ask(model, hello, { onWarning, streaming: true })).reply?.text).toBe("ok");
    expect(told).toEqual([...expected, ...expected]);
  });

  test("AG20: what is no result, or no stream, is a typed failure", async () => {
    for (const given of [undefined, null, "text", {}, { content: "text" }]) {
      expect((await ask(mocked(Version, { generate: () => given }))).error).toMatchObject({ type: "protocol", retryable: false });
      expect((await ask(mocked(Version, { stream: () => given }), hello, { streaming: true })).error?.type).toBe("protocol");
    }
  });
});

test("of several texts, the one that the provider names is the structured answer", async () => {
  const model = mocked(versions[0][1], { generate: () => ({ ...says("Draft."), structuredOutputText: '{"a":1}' }) });
  const request: ModelRequest = { ...hello, output: { name: "a", schema: { type: "object" } } };
  expect((await ask(model, request)).reply?.text).toBe('{"a":1}');
  expect((await ask(model)).reply?.text).toBe("Draft.");
});

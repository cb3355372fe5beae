import type { LanguageModelV3, LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { MockLanguageModelV4 } from "ai/test";
import { aiSdk, type LanguageModel } from "heddle/ai-sdk";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { ModelRequest } from "../../src/model/model.ts";
import { ask, mocked, says, versions } from "./mock-models.ts";

test("takes models of both versions, and refuses what is none where it is written", () => {
  expectTypeOf<LanguageModelV4>().toExtend<LanguageModel>();
  expectTypeOf<LanguageModelV3>().toExtend<LanguageModel>();
  const v2 = { ...new MockLanguageModelV4(), specificationVersion: "v2" };
  const wrong: readonly [unknown, unknown, RegExp][] = [
    ["openai/gpt-4o", undefined, /not the name of one, got "openai\/gpt-4o": for example aiSdk\(openai/],
    [{}, undefined, /to be a language model of the AI SDK, got \{\}/],
    [v2, undefined, /to be v4 or v3, got "v2": install/],
    [new MockLanguageModelV4({ modelId: "" }), undefined, /to have a modelId, got ""/],
    [new MockLanguageModelV4(), { timeOut: 1 }, /did you mean "timeout"/],
    [new MockLanguageModelV4(), { timeout: 0 }, /timeout to be ms above 0/],
    [new MockLanguageModelV4(), { secrets: "x" }, /secrets to be a list of texts/],
    [new MockLanguageModelV4(), { onWarning: 1 }, /onWarning to be a function/],
  ];
  for (const [model, options, message] of wrong) expect(() => aiSdk(model as never, options as never)).toThrow(message);
  expect(aiSdk(new MockLanguageModelV4({ modelId: "gpt-4o" })).name).toBe("gpt-4o");
});

describe.each(versions)("a request to a %s model", (version, Version) => {
  const sent = async (request: ModelRequest, supportedUrls?: Record<string, RegExp[]>) => {
    let options: LanguageModelV4CallOptions | undefined;
    const generate = (given: LanguageModelV4CallOptions) => {
      options = given;
      return says("ok");
    };
    const outcome = await ask(mocked(Version, { generate, ...(supportedUrls && { supportedUrls }) }), request);
    return { options, ...outcome };
  };
  const bare = version === "v3";

  test("has the whole conversation: calls by name and parsed arguments, the results of a turn in one message", async () => {
    const { options } = await sent({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Weather?" },
        {
          role: "assistant",
          content: "",
          toolCalls: [
            { id: "a", name: "weather", arguments: '{"city":"Bern"}' },
            { id: "b", name: "time", arguments: "{broken" },
          ],
        },
        { role: "tool", callId: "a", content: "Sunny." },
        { role: "tool", callId: "b", content: "Invalid arguments." },
        { role: "assistant", content: "Sunny." },
        { role: "user", content: "Thanks." },
      ],
    });
    const text = (said: string) => [{ type: "text", text: said }];
    expect(options?.prompt).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: text("Weather?") },
      {
        role: "assistant",
        content: [
          { type: "tool-call", toolCallId: "a", toolName: "weather", input: { city: "Bern" } },
          { type: "tool-call", toolCallId: "b", toolName: "time", input: { malformed_arguments: "{broken" } },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "a", toolName: "weather", output: { type: "text", value: "Sunny." } },
          { type: "tool-result", toolCallId: "b", toolName: "time", output: { type: "text", value: "Invalid arguments." } },
        ],
      },
      { role: "assistant", content: text("Sunny.") },
      { role: "user", content: text("Thanks.") },
    ]);
  });

  test("has images and files as this version takes them", async () => {
    const { options } = await sent(
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "See." },
              { type: "image", url: "data:image/png;base64,AAAA" },
              { type: "image", url: "data:image/svg+xml,%3Csvg%2F%3E" },
              { type: "image", url: "https://example.com/Cat.png" },
              { type: "file", data: "JVBERg==", mediaType: "application/pdf", name: "a.pdf" },
              { type: "file", data: "data:application/pdf;base64,JVBERg==", mediaType: "application/pdf" },
            ],
          },
        ],
      },
      { "image/*": [/^https:\/\/example\.com\/.*$/g] },
    );
    const data = (base64: string) => (bare ? base64 : { type: "data", data: base64 });
    const url = new URL("https://example.com/Cat.png");
    expect(options?.prompt[0]?.content).toEqual([
      { type: "text", text: "See." },
      { type: "file", mediaType: "image/png", data: data("AAAA") },
      { type: "file", mediaType: "image/svg+xml", data: data(Buffer.from("<svg/>").toString("base64")) },
      { type: "file", mediaType: "image/*", data: bare ? url : { type: "url", url } },
      { type: "file", mediaType: "application/pdf", filename: "a.pdf", data: data("JVBERg==") },
      { type: "file", mediaType: "application/pdf", data: data("JVBERg==") },
    ]);
  });

  test.each(["https://other.example/cat.png", "file:///etc/passwd", "no url"])(
    "is not made for an image that the provider cannot read: %s",
    async (url) => {
      const request: ModelRequest = { messages: [{ role: "user", content: [{ type: "image", url }] }] };
      const { options, error } = await sent(request, { "image/*": [/^https:\/\/example\.com\//], "application/pdf": [/./] });
      expect(error).toMatchObject({ type: "bad_request", retryable: false });
      expect(error?.message).toBe(
        `Expected an image's URL that mock-provider reads itself, got ${JSON.stringify(url)}; give the image as a data URL`,
      );
      expect(options).toBeUndefined();
    },
  );

  test("has tools, the choice among them, the schema of the answer and the settings", async () => {
    const input = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
    const { options } = await sent({
      messages: [{ role: "user", content: "Hi" }],
      tools: [
        { name: "weather", description: "The weather.", input, strict: true },
        { name: "free", description: "Anything.", input: { type: "object" }, strict: false },
      ],
      output: { name: "an answer!", schema: input },
      settings: {
        temperature: 0,
        topP: 0.5,
        maxOutputTokens: 9,
        toolChoice: { tool: "weather" },
        extra: { seed: 7, providerOptions: { mock: { effort: "low" } }, prompt: "never" },
      },
    });
    expect(options).toMatchObject({
      tools: [
        { type: "function", name: "weather", description: "The weather.", inputSchema: input, strict: true },
        { type: "function", name: "free", description: "Anything.", inputSchema: { type: "object" }, strict: false },
      ],
      toolChoice: { type: "tool", toolName: "weather" },
      responseFormat: { type: "json", name: "an_answer_", schema: input },
      temperature: 0,
      topP: 0.5,
      maxOutputTokens: 9,
      seed: 7,
      providerOptions: { mock: { effort: "low" } },
      prompt: [{ role: "user" }],
    });
    for (const toolChoice of ["auto", "required", "none"] as const) {
      const tools = [{ name: "weather", description: "The weather.", input }];
      const { options: chosen } = await sent({ messages: [{ role: "user", content: "Hi" }], tools, settings: { toolChoice } });
      expect(chosen?.toolChoice).toEqual({ type: toolChoice });
    }
  });

  test("says nothing of what is not set", async () => {
    const { options } = await sent({ messages: [{ role: "user", content: "Hi" }], settings: { toolChoice: "required" } });
    expect(Object.keys(options ?? {}).sort()).toEqual(["abortSignal", "prompt"]);
  });
});

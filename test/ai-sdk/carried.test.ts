import type { LanguageModelV4CallOptions, LanguageModelV4Content, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { agent, tool } from "heddle";
import { aiSdk } from "heddle/ai-sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { generated, mocked, says, stop, streamed, usage, versions } from "./mock-models.ts";

const look = tool({ name: "look", description: "Looks.", input: z.object({}), run: () => "found" });
const signed = { anthropic: { signature: "sig-1" } };
const thought = { google: { thoughtSignature: "sig-2" } };
const call = { type: "tool-call" as const, toolCallId: "c1", toolName: "look", input: "{}" };

/** A turn that calls a tool, whole and in pieces: the provider pins things to it. */
const content: LanguageModelV4Content[] = [
  { type: "reasoning", text: "Let me think.", providerMetadata: signed },
  { type: "text", text: "Looking." },
  { ...call, providerMetadata: thought },
];
const parts: LanguageModelV4StreamPart[] = [
  { type: "reasoning-start", id: "r" },
  { type: "reasoning-delta", id: "r", delta: "Let me " },
  { type: "reasoning-delta", id: "r", delta: "think." },
  { type: "reasoning-delta", id: "r", delta: "", providerMetadata: signed },
  { type: "reasoning-end", id: "r" },
  { type: "text-start", id: "t" },
  { type: "text-delta", id: "t", delta: "Looking." },
  { type: "text-end", id: "t" },
  { ...call, providerMetadata: thought },
  { type: "finish", finishReason: { unified: "tool-calls", raw: "tool_use" }, usage },
];
const end: LanguageModelV4StreamPart[] = [
  { type: "text-delta", id: "t", delta: "Done." },
  { type: "finish", finishReason: stop, usage },
];

describe.each(versions)("what a %s model wants to see again", (_, Version) => {
  const conversation = async (first: LanguageModelV4Content[], stream = false) => {
    const asked: LanguageModelV4CallOptions[] = [];
    const turn =
      <T>(one: T, other: T) =>
      (options: LanguageModelV4CallOptions) => {
        asked.push(options);
        return asked.length === 1 ? one : other;
      };
    const model = mocked(Version, {
      generate: turn(generated({ content: first }), says("Done.")),
      stream: turn(streamed(parts), streamed(end)),
    });
    const result = await agent({ model: aiSdk(model), tools: [look] }).run("Go.", stream ? { observe: () => {} } : {});
    expect(result._unsafeUnwrap().output).toBe("Done.");
    return asked[1]?.prompt.find(({ role }) => role === "assistant")?.content;
  };

  test.each([false, true])("goes back with its turn, in its order; streamed: %s", async (stream) => {
    expect(await conversation(content, stream)).toEqual([
      { type: "reasoning", text: "Let me think.", providerOptions: signed },
      { type: "text", text: "Looking." },
      { type: "tool-call", toolCallId: "c1", toolName: "look", input: {}, providerOptions: thought },
    ]);
  });

  test("is nothing that only a server's store knows; sealed reasoning is whole", async () => {
    const stored = { openai: { itemId: "rs_1", reasoningEncryptedContent: null } };
    const sealed = { openai: { itemId: "rs_2", reasoningEncryptedContent: "gAAA" } };
    const given = await conversation([
      { type: "reasoning", text: "", providerMetadata: stored },
      { type: "reasoning", text: "", providerMetadata: sealed },
      { type: "reasoning", text: "" },
      { ...call, providerMetadata: { openai: { itemId: "fc_1" } } },
    ]);
    expect(given).toEqual([
      { type: "reasoning", text: "", providerOptions: sealed },
      { type: "tool-call", toolCallId: "c1", toolName: "look", input: {} },
    ]);
  });

  test("is not shown to another model", async () => {
    const carried = { model: "other-provider:mock", items: [{ type: "reasoning", text: "secret thoughts", providerMetadata: signed }] };
    let prompt: unknown;
    const generate = (options: LanguageModelV4CallOptions) => {
      prompt = options.prompt;
      return says("ok");
    };
    const messages = [{ role: "assistant" as const, content: "Hello.", carried }];
    await aiSdk(mocked(Version, { generate })).generate({ messages }, { signal: new AbortController().signal });
    expect(prompt).toEqual([{ role: "assistant", content: [{ type: "text", text: "Hello." }] }]);
  });
});

import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { convertArrayToReadableStream, MockLanguageModelV3, MockLanguageModelV4 } from "ai/test";
import type { AiSdkOptions } from "heddle/ai-sdk";
import { aiSdk } from "heddle/ai-sdk";
import type { AgentError, ModelReply, ModelRequest } from "../../src/model/model.ts";

/** The SDK's own test provider, in the version of now and the one before. */
export const versions = [
  ["v4", MockLanguageModelV4],
  ["v3", MockLanguageModelV3],
] as const;
export type Mock = (typeof versions)[number][1];

/** What both versions spell alike, as the newer one types it. */
export interface Behaviour {
  readonly generate?: (options: LanguageModelV4CallOptions) => unknown;
  readonly stream?: (options: LanguageModelV4CallOptions) => unknown;
  readonly supportedUrls?: Record<string, RegExp[]>;
}

export function mocked(Version: Mock, { generate, stream, supportedUrls = {} }: Behaviour): InstanceType<Mock> {
  return new Version({
    modelId: "mock",
    supportedUrls,
    ...(generate !== undefined && { doGenerate: (async (options: LanguageModelV4CallOptions) => generate(options)) as never }),
    ...(stream !== undefined && { doStream: (async (options: LanguageModelV4CallOptions) => stream(options)) as never }),
  });
}

export const usage = {
  inputTokens: { total: 10, noCache: 6, cacheRead: 4, cacheWrite: 0 },
  outputTokens: { total: 7, text: 4, reasoning: 3 },
};

export const stop = { unified: "stop", raw: "stop" } as const;

export function generated(parts: Partial<LanguageModelV4GenerateResult>): LanguageModelV4GenerateResult {
  return { content: [], finishReason: stop, usage, warnings: [], ...parts };
}

export function streamed(parts: readonly LanguageModelV4StreamPart[]): { readonly stream: ReadableStream<LanguageModelV4StreamPart> } {
  return { stream: convertArrayToReadableStream([...parts]) };
}

export const says = (text: string) => generated({ content: [{ type: "text", text }] });

export interface Outcome {
  readonly reply?: ModelReply;
  readonly error?: AgentError;
  readonly deltas: readonly string[];
}

export interface AskOptions extends AiSdkOptions {
  readonly streaming?: boolean;
  readonly signal?: AbortSignal;
}

export const hello: ModelRequest = { messages: [{ role: "user", content: "Hello?" }] };

/** One call of the model port. */
export async function ask(
  model: Parameters<typeof aiSdk>[0],
  request: ModelRequest = hello,
  { streaming = false, signal = new AbortController().signal, ...options }: AskOptions = {},
): Promise<Outcome> {
  const deltas: string[] = [];
  const result = await aiSdk(model, { onWarning: () => {}, ...options }).generate(request, {
    signal,
    ...(streaming && { onDelta: (text: string) => deltas.push(text) }),
  });
  return result.match<Outcome>(
    (reply) => ({ reply, deltas }),
    (error) => ({ error, deltas }),
  );
}

import type { ToolCall } from "../../model/model.ts";
import type { ApiErrorOptions } from "../api-error.ts";

/** What a scripted reply says of its cost. Any number goes, absurd ones included. */
export interface ServedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly reasoningTokens?: number;
}

/** What a model said: text, tool calls, or why there is neither. */
export interface Answer {
  readonly kind: "answer";
  /** `null` is sent as null content, which no text is. */
  readonly text: string | null;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: "stop" | "tool_calls" | "length" | "content_filter";
  readonly refusal?: string;
  /** Without choices (chat) or output items (responses). */
  readonly empty?: true;
  /** The encrypted text of a reasoning item before the answer, which only Responses has; `null` gives one without content. */
  readonly reasoning?: string | null;
  /** Estimated from the request and the answer unless told; `null` leaves usage out of the answer. */
  readonly usage?: ServedUsage | null;
}

/** An answer before its calls have their ids. */
export interface ScriptedAnswer extends Omit<Answer, "toolCalls"> {
  readonly toolCalls: readonly (Omit<ToolCall, "id"> & { readonly id: string | undefined })[];
}

export interface ErrorContent {
  readonly kind: "error";
  readonly status: number;
  readonly error: ApiErrorOptions;
}

export interface PageContent {
  readonly kind: "page";
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type Content = ScriptedAnswer | ErrorContent | PageContent | { readonly kind: "hang-up" };

/** How the bytes of an answer travel. */
export interface Delivery {
  /** Wait before the status line, in ms. `Infinity` never answers. */
  readonly delayMs?: number;
  /** Send so many bytes at a time … */
  readonly chunkBytes?: number;
  /** … and wait this long between two writes, in ms. */
  readonly everyMs?: number;
  /** After the headers, send nothing but padding, one piece every `everyMs`, until the client leaves. */
  readonly padForever?: boolean;
  /** Stop after so many events of a stream. */
  readonly cutAfterEvents?: number;
  /** Stop after so many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** What happens at the cut: a clean end of the body, a closed socket, a reset one, or silence until the client leaves. */
  readonly atCut?: "end" | "hang-up" | "reset" | "stall";
  /** Spellings of a stream that are legal and rare. */
  readonly crlf?: boolean;
  readonly comments?: boolean;
  readonly withoutDone?: boolean;
}

const made = Symbol("heddle.servedReply");

/** A reply as the functions of this module make it; a plain string or object is turned into one. */
export interface ServedReply {
  readonly [made]: true;
  readonly content: Content;
  readonly delivery: Delivery;
}

/** A call the scripted model makes. `args` of type string is sent as it is, valid JSON or not. */
export interface ScriptedCall {
  readonly name: string;
  readonly args?: object | string;
  /** Made up from the request's index unless told; `""` is sent as it is. */
  readonly id?: string;
}

export interface ReplyOptions {
  readonly usage?: ServedUsage | null;
  readonly reasoning?: string | null;
}

export function served(content: Content, delivery: Delivery = {}): ServedReply {
  return Object.freeze({ [made]: true as const, content: Object.freeze(content), delivery: Object.freeze(delivery) });
}

function isServedReply(value: unknown): value is ServedReply {
  return typeof value === "object" && value !== null && made in value;
}

/** Text as it is, a made reply as it is, any other value as JSON. */
export function toReply(value: unknown): ServedReply {
  return isServedReply(value) ? value : reply(value);
}

function answer(parts: Partial<ScriptedAnswer>, options: ReplyOptions = {}): ServedReply {
  return served({ kind: "answer", text: "", toolCalls: [], finish: "stop", ...parts, ...options });
}

/** Text, or a value that is sent as JSON text. */
export function reply(value: unknown, options?: ReplyOptions): ServedReply {
  return answer({ text: typeof value === "string" ? value : (JSON.stringify(value) ?? "null") }, options);
}

/** The model asks for these tools, all in one turn. */
export function callTools(calls: readonly ScriptedCall[], options: ReplyOptions & { readonly text?: string } = {}): ServedReply {
  const { text = null, ...rest } = options;
  const toolCalls = calls.map(({ name, args = {}, id }) => ({
    id,
    name,
    arguments: typeof args === "string" ? args : JSON.stringify(args),
  }));
  return answer({ text, toolCalls, finish: "tool_calls" }, rest);
}

/** The model declines, in the field that structured output has for it. */
export function refusal(text = "I cannot help with that.", options?: ReplyOptions): ServedReply {
  return answer({ text: null, refusal: text }, options);
}

/** The provider's filter stopped the answer after `text`. */
export function contentFilter(text = "", options?: ReplyOptions): ServedReply {
  return answer({ text, finish: "content_filter" }, options);
}

/** The answer reached the token limit after `text`. */
export function lengthLimit(text = "", options?: ReplyOptions): ServedReply {
  return answer({ text, finish: "length" }, options);
}

/** An answer without choices (chat) or output items (responses). */
export function empty(options?: ReplyOptions): ServedReply {
  return answer({ empty: true }, options);
}

/** An answer whose content is null, without a tool call or refusal to explain it. */
export function nullContent(options?: ReplyOptions): ServedReply {
  return answer({ text: null }, options);
}

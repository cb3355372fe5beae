import type { Result } from "neverthrow";
import type { Usage } from "../types/usage.ts";

/** A piece of a prompt: text, an image (URL or data URL), or a file. */
export type Part =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly url: string }
  | { readonly type: "file"; readonly data: string; readonly mediaType: string; readonly name?: string };

/** A tool call as the model asked for it; `arguments` is the raw JSON text, not yet checked. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export type Message =
  | { readonly role: "system"; readonly content: string }
  | { readonly role: "user"; readonly content: string | readonly Part[] }
  | { readonly role: "assistant"; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: "tool"; readonly callId: string; readonly content: string };

export type JsonSchema = { readonly [keyword: string]: unknown };

/** A tool as the model sees it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly input: JsonSchema;
}

export interface ModelSettings {
  readonly temperature?: number;
  readonly topP?: number;
  /** 4096 unless told. */
  readonly maxOutputTokens?: number;
  readonly toolChoice?: "auto" | "required" | "none";
}

export interface ModelRequest {
  readonly messages: readonly Message[];
  readonly tools?: readonly ToolSpec[];
  /** The shape the answer must have, as strict JSON Schema with an object at its root. */
  readonly output?: { readonly name: string; readonly schema: JsonSchema };
  readonly settings?: ModelSettings;
}

export interface ModelReply {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly usage: Usage;
  /** The provider's id of this reply, for support requests. */
  readonly requestId?: string;
}

/** Why an agent could not answer, told apart by `type`. It never holds a key or a header. */
export interface AgentError {
  readonly type:
    | "rate_limited"
    | "overloaded"
    | "auth"
    | "bad_request"
    | "context_length"
    | "connection"
    | "timeout"
    | "protocol"
    | "refusal"
    | "content_filter"
    | "length"
    | "empty"
    | "stream_truncated"
    | "max_turns"
    | "tool";
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What the server asked for, in ms. */
  readonly retryAfterMs?: number;
  readonly status?: number;
  readonly requestId?: string;
  /** Tokens that were spent all the same, where the provider said so. */
  readonly usage?: Usage;
}

export interface ModelCall {
  readonly signal: AbortSignal;
  /** Given when somebody listens: the model then streams, and calls this with every piece of text. */
  readonly onDelta?: (text: string) => void;
}

/** A language model behind any API. `generate` makes exactly one request, without retries of its own, and never throws or rejects. */
export interface Model {
  readonly name: string;
  generate(request: ModelRequest, call: ModelCall): Promise<Result<ModelReply, AgentError>>;
}

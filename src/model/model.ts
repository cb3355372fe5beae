import type { Result } from "neverthrow";
import type { Usage } from "../types/usage.ts";

/** A piece of a prompt: text, an image (URL or data URL), or a file (`data` in base64). */
export type Part =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly url: string }
  | { readonly type: "file"; readonly data: string; readonly mediaType: string; readonly name?: string };

/** A tool call as the model asked for it; `arguments` is the raw JSON text, not yet checked. */
export interface ToolCall {
  /** Unique among all calls of the conversation, whatever the server sent. */
  readonly id: string;
  /** The tool's, as the model wrote it. */
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/**
 * What a model wants to see again with the next turn, such as its encrypted reasoning: items as its API spelt them, in the
 * order in which they came, with an entry of the `type` alone for the text and for each tool call between them. Nobody but
 * the model that wrote them can read them.
 */
export interface Carried {
  readonly model: string;
  readonly items: readonly { readonly [key: string]: unknown }[];
}

/** One message of a conversation, the same for every API. */
export type Message =
  | { readonly role: "system"; readonly content: string }
  | { readonly role: "user"; readonly content: string | readonly Part[] }
  | { readonly role: "assistant"; readonly content: string; readonly toolCalls?: readonly ToolCall[]; readonly carried?: Carried }
  | { readonly role: "tool"; readonly callId: string; readonly content: string };

export type JsonSchema = { readonly [keyword: string]: unknown };

/** A tool as the model sees it. */
export interface ToolSpec {
  /** What the model calls it by. */
  readonly name: string;
  /** When to use it, and what for. */
  readonly description: string;
  /** Has an object at its root. */
  readonly input: JsonSchema;
  /** Whether `input` keeps to the strict subset, so that the provider can hold the model to it. */
  readonly strict?: boolean;
}

/** What goes with every request. */
export interface ModelSettings {
  /** How much chance is in an answer, from 0 up. */
  readonly temperature?: number;
  /** The share of likely tokens that are drawn from, from 0 to 1. */
  readonly topP?: number;
  /** How long one reply may get. The provider's own limit unless told; a budget counts 4096 for a call that does not tell. */
  readonly maxOutputTokens?: number;
  /**
   * "required" and `{ tool }` make the model call some tool, or that one; once it has, it may answer. Without tools it is not
   * sent.
   */
  readonly toolChoice?: "auto" | "required" | "none" | { readonly tool: string };
  /** Sent in the request's body as it is: what only one provider knows, such as `reasoning_effort`. */
  readonly extra?: { readonly [key: string]: unknown };
}

/** What a model is asked. */
export interface ModelRequest {
  /** The conversation so far, the oldest first. */
  readonly messages: readonly Message[];
  /** What it may call. */
  readonly tools?: readonly ToolSpec[];
  /** The shape the answer must have, as strict JSON Schema with an object at its root. */
  readonly output?: { readonly name: string; readonly schema: JsonSchema };
  /** What the agent says about its requests. */
  readonly settings?: ModelSettings;
}

/** What a model answered. */
export interface ModelReply {
  /** Empty where it only calls tools. */
  readonly text: string;
  /** In the order in which it asked for them. */
  readonly toolCalls: readonly ToolCall[];
  /** To be sent back with this reply in the next turn. */
  readonly carried?: Carried;
  /** What it took. */
  readonly usage: Usage;
  /** The provider said nothing believable about tokens: `usage` counts the call and no tokens. */
  readonly usageMissing?: true;
  /** The provider's id of this reply, for support requests. */
  readonly requestId?: string;
}

/** Why an agent could not answer, told apart by `type`. It never holds a key or a header. */
export interface AgentError {
  /** Why, as a word for programs. */
  readonly type: /** 429. `retryable` is false when the account's quota is used up. */
    | "rate_limited"
    /** 409 and every 5xx. */
    | "overloaded"
    /** 401 and 403, or no key at all. */
    | "auth"
    | "bad_request"
    /** The conversation does not fit into the model. */
    | "context_length"
    | "connection"
    | "timeout"
    /** The caller's signal aborted the request. */
    | "aborted"
    /** What came is not what this API answers: a web page, an error in a 200, malformed JSON. */
    | "protocol"
    /** The model declined. */
    | "refusal"
    /** The provider's filter stopped the prompt or the reply. */
    | "content_filter"
    /** The reply reached its token limit, so that it is not whole. */
    | "length"
    /** The reply holds no choice (chat) or no output item (responses). */
    | "empty"
    /** The reply holds neither text nor a tool call. */
    | "no_content"
    /** The stream ended before the model said that it was done. */
    | "stream_truncated"
    | "max_turns"
    /** A team's leader had as many turns as it may, and has not answered. */
    | "max_iterations"
    | "tool";
  /** One sentence for people. */
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What the server asked for, in ms from now. */
  readonly retryAfterMs?: number;
  /** The HTTP status, where there was a response. */
  readonly status?: number;
  /** The provider's id of the request, for support. */
  readonly requestId?: string;
  /** The request has reached no server, so that it has cost nothing. */
  readonly unsent?: true;
  /** Tokens that were spent all the same, where the provider said so. */
  readonly usage?: Usage;
  /** A reply came, and said nothing believable about tokens. */
  readonly usageMissing?: true;
}

/** What one request goes with. */
export interface ModelCall {
  /** Aborts the request. */
  readonly signal: AbortSignal;
  /**
   * Given when somebody listens: the model then streams, and calls this with every piece of text. In a reply that
   * succeeds, the pieces join to its `text`.
   */
  readonly onDelta?: (text: string) => void;
}

/** A language model behind any API. `generate` makes exactly one request, without retries of its own, and never throws or rejects. */
export interface Model {
  /** For traces, prices and messages. */
  readonly name: string;
  /** Makes one request. */
  generate(request: ModelRequest, call: ModelCall): Promise<Result<ModelReply, AgentError>>;
}

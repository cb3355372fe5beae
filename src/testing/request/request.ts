import type { JsonSchema, ToolCall } from "../../model/model.ts";

/** A message of a request, the same whichever API it came through. Developer messages count as system messages. */
export type ServedMessage =
  | { readonly role: "system"; readonly text: string }
  | { readonly role: "user"; readonly text: string; readonly parts: readonly ServedPart[] }
  | { readonly role: "assistant"; readonly text: string; readonly toolCalls: readonly ToolCall[] }
  | { readonly role: "tool"; readonly text: string; readonly callId: string };

/** A part of a user message as it was sent (text, image, file), in the shape of its API. */
export type ServedPart = { readonly [key: string]: unknown };

export interface ServedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
  readonly strict: boolean;
}

/** The request as its API spells it, before the server adds what it knows of the connection. */
export interface ParsedRequest {
  readonly model: string;
  /** The texts of all system and developer messages (on Responses, `instructions` first), one per line. */
  readonly instructions: string;
  readonly messages: readonly ServedMessage[];
  readonly tools: readonly ServedTool[];
  readonly toolChoice: "auto" | "required" | "none" | { readonly name: string };
  /** Given when the request asks for JSON of this schema. */
  readonly outputSchema?: { readonly name: string; readonly schema: JsonSchema; readonly strict: boolean };
  readonly stream: boolean;
  /** Whether a chat stream ends with a usage chunk. A Responses stream always reports usage. */
  readonly includeUsage: boolean;
}

/** One request to a model, as a handler and a test see it. */
export interface ServedRequest extends ParsedRequest {
  /** Counts the requests of this server from 1, in order of arrival. */
  readonly index: number;
  readonly api: "chat" | "responses";
  /** All headers in lower case, `authorization` included, so that a test can look at it. */
  readonly headers: { readonly [name: string]: string };
  /** The JSON body as it came. */
  readonly body: { readonly [key: string]: unknown };
  /** Aborts when the client hung up before the answer was complete, or the server closes. */
  readonly signal: AbortSignal;
}

/** The text of the newest user message, or `""`. */
export function latestPrompt(request: ParsedRequest): string {
  return request.messages.findLast((message) => message.role === "user")?.text ?? "";
}

import type { Result } from "neverthrow";
import type { ModelRequest } from "../model.ts";
import type { RawReply } from "../raw-reply.ts";
import type { Trouble } from "../trouble.ts";

/** One of OpenAI's two APIs: how a request is spelt, and how a reply is read. */
export interface Protocol {
  body(request: BodyOf): { readonly [key: string]: unknown };
  /** Reads a whole JSON reply. */
  read(body: unknown): Result<RawReply, Trouble>;
  /** Starts reading the events of one stream. */
  reader(): EventReader;
}

export interface BodyOf {
  readonly model: string;
  readonly request: ModelRequest;
  /** The server is OpenAI's own, which has left some old fields behind that others still want. */
  readonly own: boolean;
  readonly stream: boolean;
}

export interface EventReader {
  /** Takes in one event and gives the text it adds. */
  push(event: unknown): string;
  /** What the stream came to; `stream_truncated` unless it said that it was done. */
  finish(): Result<RawReply, Trouble>;
}

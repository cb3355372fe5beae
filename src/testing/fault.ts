import type { ApiErrorOptions } from "./api-error.ts";
import { type Delivery, type ServedReply, served, toReply } from "./reply/reply.ts";

export interface StatusOptions extends ApiErrorOptions {
  /** The `Retry-After` header: seconds, or an HTTP date. */
  readonly retryAfter?: number | string;
  /** The `retry-after-ms` header. */
  readonly retryAfterMs?: number;
}

const someText = "This answer never arrives whole.";

function deliver(then: unknown, delivery: Delivery): ServedReply {
  const inner = toReply(then);
  return served(inner.content, { ...inner.delivery, ...delivery });
}

/** What goes wrong between a client and a model. Those with `then` do it to that reply, and combine. */
export const fault = Object.freeze({
  /** An HTTP error in OpenAI's shape. */
  status(status: number, { retryAfter, retryAfterMs, headers, ...error }: StatusOptions = {}): ServedReply {
    const all = {
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
      ...(retryAfterMs !== undefined && { "retry-after-ms": String(retryAfterMs) }),
      ...headers,
    };
    return served({ kind: "error", status, error: { ...error, headers: all } });
  },
  /** The prompt does not fit: 400 with OpenAI's code for it. */
  contextLength(): ServedReply {
    return fault.status(400, {
      message: "This model's maximum context length is 128000 tokens. Please reduce the length of the messages.",
      code: "context_length_exceeded",
      param: "messages",
    });
  },
  /** Waits before anything is sent; `Infinity` never answers. */
  delay(ms: number, then: unknown): ServedReply {
    return deliver(then, { delayMs: ms });
  },
  /** Closes the socket without a byte of an answer. */
  hangUp(): ServedReply {
    return served({ kind: "hang-up" });
  },
  /** Closes the socket after so many bytes of the body, JSON or stream; with `reset`, as ECONNRESET. */
  cutBody(options: { readonly after?: number; readonly reset?: boolean } = {}, then: unknown = someText): ServedReply {
    const { after = 20, reset = false } = options;
    return deliver(then, { cutAfterBytes: after, atCut: reset ? "reset" : "hang-up" });
  },
  /**
   * Stops a stream after so many events: neither finish chunk nor `[DONE]` follows. The body ends cleanly, unless
   * `hangUp` closes the socket or `stall` keeps it open in silence. A JSON answer has one event.
   */
  cutStream(
    options: { readonly after?: number; readonly hangUp?: boolean; readonly stall?: boolean } = {},
    then: unknown = someText,
  ): ServedReply {
    const { after = 2, hangUp = false, stall = false } = options;
    return deliver(then, { cutAfterEvents: after, atCut: stall ? "stall" : hangUp ? "hang-up" : "end" });
  },
  /** A slow loris: so many bytes at a time; with `forever`, padding that no answer ever follows. */
  trickle(
    options: { readonly bytes?: number; readonly everyMs?: number; readonly forever?: boolean } = {},
    then: unknown = someText,
  ): ServedReply {
    const { bytes = 1, everyMs = 5, forever = false } = options;
    return deliver(then, { chunkBytes: bytes, everyMs, padForever: forever });
  },
  /** A stream in legal but rare spelling: CRLF, comments, no `[DONE]`, characters split over chunks. */
  oddStream(then: unknown, options: { readonly withoutDone?: boolean } = {}): ServedReply {
    return deliver(then, { crlf: true, comments: true, chunkBytes: 3, withoutDone: options.withoutDone ?? true });
  },
  /** Status 200 and a body that is cut JSON. */
  malformed(body = '{"id":"chatcmpl-1","choices":[{"index":0,'): ServedReply {
    return served({ kind: "page", status: 200, contentType: "application/json", body });
  },
  /** Status 200 and a web page, as a captive portal or a wrong base URL answers. */
  html(body = "<!doctype html><title>Sign in</title><h1>Sign in</h1>", status = 200): ServedReply {
    return served({ kind: "page", status, contentType: "text/html; charset=utf-8", body });
  },
  /** Status 200 and an error object; in a stream, an error event. */
  errorInBody(error: ApiErrorOptions = {}): ServedReply {
    return served({ kind: "error", status: 200, error: { type: "server_error", ...error } });
  },
});

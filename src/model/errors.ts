import { connectionTrouble } from "./connection.ts";
import type { AgentError } from "./model.ts";
import { type Fields, fields, text, whole } from "./read.ts";
import { retryAfter } from "./retry-after.ts";
import { isRetryable, type Trouble } from "./trouble.ts";

type Type = AgentError["type"];

/**
 * What a thrown thing means. It is read by shape and not by class: a client that the user passes in may come from
 * another copy of the `openai` package.
 */
export function thrownTrouble(thrown: unknown): Trouble {
  try {
    return readThrown(thrown);
  } catch {
    // A proxy, or a getter that throws.
    return { type: "protocol", got: "an error that cannot be read" };
  }
}

function readThrown(thrown: unknown): Trouble {
  const error = fields(thrown);
  if (error === undefined) return { type: "protocol", got: `${typeof thrown} thrown by the client` };
  const status = whole(error["status"]);
  if (status !== undefined) return statusTrouble(status, error);
  const body = fields(error["error"]);
  if (body !== undefined) return { ...bodyTrouble(body), ...requestIdOf(error) };
  return connectionTrouble(error) ?? localTrouble(error);
}

/** An error object in a reply: the status was 200, or a stream was under way. */
export function bodyTrouble(error: Fields): Trouble {
  const said = describe(error);
  const status = whole(error["code"]) ?? whole(error["status"]);
  const type = typeByWords(error) ?? (status === undefined ? undefined : typeByStatus(status));
  return { type: type ?? "protocol", got: said === "" ? "an error that says nothing" : `an error: ${said}`, ...verdict(type, error) };
}

/** A 200 that is an error: not what the API promises, but worth another try where the error itself is. */
export function errorInReply(error: unknown): Trouble {
  const trouble = bodyTrouble(fields(error) ?? { message: error });
  return { ...trouble, type: "protocol", retryable: isRetryable(trouble) };
}

function statusTrouble(status: number, error: Fields): Trouble {
  const body = fields(error["error"]) ?? {};
  const headers = readableHeaders(error["headers"]);
  const after = headers === undefined ? undefined : retryAfter(headers);
  const type = typeByRequest(status, body, error) ?? typeByStatus(status);
  return {
    type,
    status,
    got: `status ${status}${described(body, error, status)}`,
    ...verdict(type, body, headers),
    ...(after !== undefined && { retryAfterMs: after }),
    ...requestIdOf(error),
    ...adviceFor(type),
  };
}

/** The words decide only where statuses are ambiguous: a prompt that is too long, or that a filter stopped, is a bad request too. */
function typeByRequest(status: number, body: Fields, error: Fields): Type | undefined {
  if (![400, 403, 413, 422].includes(status)) return undefined;
  if (isFiltered(body)) return "content_filter";
  return status !== 403 && isContextLength(body, error) ? "context_length" : undefined;
}

function typeByStatus(status: number): Type {
  if (status === 429) return "rate_limited";
  if (status === 401 || status === 403) return "auth";
  if (status === 408) return "timeout";
  if (status === 409 || status >= 500) return "overloaded";
  return status >= 400 ? "bad_request" : "protocol";
}

/** OpenAI's words for what a status would say, where there is none to see. */
function typeByWords(error: Fields): Type | undefined {
  if (isContextLength(error, {})) return "context_length";
  if (isFiltered(error)) return "content_filter";
  const words = `${text(error["code"]) ?? ""} ${text(error["type"]) ?? ""}`;
  if (/rate_limit|insufficient_quota/.test(words)) return "rate_limited";
  if (/server_error|overloaded|unavailable/.test(words)) return "overloaded";
  if (/authentication|permission|invalid_api_key/.test(words)) return "auth";
  return /invalid_request|invalid_prompt|not_found/.test(words) ? "bad_request" : undefined;
}

/** A server may say outright whether to try again; a used-up quota comes as 429 and does not come back by waiting. */
function verdict(type: Type | undefined, body: Fields, headers?: HeaderReader): { readonly retryable?: boolean } {
  if (type === "rate_limited" && /insufficient_quota|billing/.test(`${text(body["code"]) ?? ""} ${text(body["type"]) ?? ""}`))
    return { retryable: false };
  const told = headers?.get("x-should-retry");
  return told === "true" || told === "false" ? { retryable: told === "true" } : {};
}

/** Azure's word, and OpenAI's. */
function isFiltered(body: Fields): boolean {
  return /content_filter|content_policy|moderation_blocked/.test(`${text(body["code"]) ?? ""} ${text(body["type"]) ?? ""}`);
}

function isContextLength(body: Fields, error: Fields): boolean {
  const code = text(body["code"]) ?? text(error["code"]) ?? "";
  if (/context_length|context_window|exceed_context/.test(`${code} ${text(body["type"]) ?? ""}`)) return true;
  const message = text(body["message"]) ?? text(error["message"]) ?? "";
  return /context (?:length|window|size)|maximum context|(?:prompt|input) is too long|reduce the length of the/i.test(message);
}

function described(body: Fields, error: Fields, status: number): string {
  const said = describe(body) || unworded(text(error["message"]) ?? "", status);
  return said === "" ? "" : ` (${said})`;
}

/** What the package says of a body that is no error object: the status again, then the body. */
function unworded(message: string, status: number): string {
  const body = message.startsWith(`${status} `) ? message.slice(4).trim() : message;
  if (body === "{}" || body === "status code (no body)") return "";
  return body.startsWith("<") ? `a web page: ${body.slice(0, 200)}` : body;
}

function describe(body: Fields): string {
  const kind = [body["code"], body["type"]].map(text).find((found) => found !== undefined && found !== "error");
  const message = text(body["message"]);
  if (kind === undefined) return message ?? "";
  return message === undefined ? kind : `${kind}: ${message}`;
}

function adviceFor(type: Type): { readonly advice?: string } {
  if (type === "auth") return { advice: "check OPENAI_API_KEY, or the apiKey or client given to openai()" };
  return type === "context_length" ? { advice: "send less, or use a model with a longer context" } : {};
}

/** What never reached a server: a client without credentials, a mistake in a client of one's own. */
function localTrouble(error: Fields): Trouble {
  const message = text(error["message"]) ?? "an error without a message";
  if (thrownAsSyntax(error)) return { type: "protocol", got: `malformed JSON (${message})`, retryable: true };
  return /credentials|api[_ ]?key|authentication method/i.test(message)
    ? { type: "auth", got: message, unsent: true }
    : { type: "protocol", got: message };
}

function thrownAsSyntax(error: Fields): boolean {
  return error instanceof SyntaxError || error["name"] === "SyntaxError";
}

function requestIdOf(error: Fields): { readonly requestId?: string } {
  const requestId = text(error["requestID"]);
  return requestId === undefined ? {} : { requestId };
}

interface HeaderReader {
  get(name: string): string | null | undefined;
}

function readableHeaders(headers: unknown): HeaderReader | undefined {
  return typeof fields(headers)?.["get"] === "function" ? (headers as HeaderReader) : undefined;
}

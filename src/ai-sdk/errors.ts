import { connectionTrouble } from "../model/connection.ts";
import { bodyTrouble, errorInReply, thrownTrouble } from "../model/errors.ts";
import type { AgentError } from "../model/model.ts";
import { notAReply } from "../model/not-a-reply.ts";
import { chatUsage } from "../model/openai/chat/reply.ts";
import { type Fields, fields, text, whole } from "../model/read.ts";
import type { Trouble } from "../model/trouble.ts";
import { spent } from "./conclude.ts";
import { headersOf, requestIdOf } from "./headers.ts";

/** What a thrown thing, or the error of a stream, means. Read by shape and name: its class comes from any copy of the SDK. */
export function providerTrouble(thrown: unknown): Trouble {
  try {
    return advised(readThrown(thrown));
  } catch {
    // A proxy, or a getter that throws.
    return { type: "protocol", got: "an error that cannot be read" };
  }
}

function readThrown(thrown: unknown): Trouble {
  const error = fields(thrown);
  if (error === undefined) return typeof thrown === "string" ? bodyTrouble({ message: thrown }) : thrownTrouble(thrown);
  const status = whole(error["statusCode"]);
  const named = typesByName[text(error["name"]) ?? ""];
  if (status !== undefined && status >= 300) return statusTrouble(status, error);
  if (status !== undefined) return notTheReply(error);
  if (named === "protocol") return unreadable(error);
  if (named !== undefined) return { type: named, got: text(error["message"]) ?? named };
  // Events of a stream are plain objects, as the server sent them.
  if (!(thrown instanceof Error) && text(error["name"]) === undefined) return bodyTrouble(fields(error["error"]) ?? error);
  return withVerdict(thrownTrouble(error), error);
}

const typesByName: { readonly [name: string]: AgentError["type"] } = {
  AI_LoadAPIKeyError: "auth",
  AI_LoadSettingError: "bad_request",
  AI_UnsupportedFunctionalityError: "bad_request",
  AI_InvalidPromptError: "bad_request",
  AI_InvalidArgumentError: "bad_request",
  AI_NoSuchModelError: "bad_request",
  AI_NoSuchProviderReferenceError: "bad_request",
  AI_NoContentGeneratedError: "no_content",
  AI_EmptyResponseBodyError: "protocol",
  AI_InvalidResponseDataError: "protocol",
  AI_JSONParseError: "protocol",
  AI_TypeValidationError: "protocol",
};

function statusTrouble(status: number, error: Fields): Trouble {
  const body = fields(error["data"]) ?? fields(parsed(error["responseBody"])) ?? {};
  const headers = headersOf(error["responseHeaders"]);
  const requestID = requestIdOf(error["responseHeaders"]);
  return withVerdict(thrownTrouble({ status, message: error["message"], error: fields(body["error"]) ?? body, headers, requestID }), error);
}

/** What we know better comes first: a used-up quota comes as a 429, and does not come back by waiting. */
function withVerdict(trouble: Trouble, { isRetryable }: Fields): Trouble {
  return typeof isRetryable === "boolean" ? { ...trouble, retryable: trouble.retryable ?? isRetryable } : trouble;
}

/** A 200 that the provider could not make a reply of: its body broke off, or is none. */
function notTheReply(error: Fields): Trouble {
  const requestId = requestIdOf(error["responseHeaders"]);
  return { ...(connectionTrouble(error) ?? unreadable(error)), ...(requestId !== undefined && { requestId }) };
}

function unreadable(error: Fields): Trouble {
  const body = bodyOf(error);
  const object = fields(body);
  if (object?.["error"] !== undefined && object["error"] !== null) return errorInReply(object["error"]);
  if (Array.isArray(object?.["choices"]) && object["choices"].length === 0)
    return { type: "empty", got: "an answer with nothing in it", ...spent(chatUsage(object["usage"])) };
  if (typeof body === "string") return notAReply(body, "a reply");
  return { type: "protocol", got: `JSON that is not a reply (${text(error["message"]) ?? "no reason given"})` };
}

/** What came over the wire, wherever this error or its cause keeps it. */
function bodyOf(error: Fields): unknown {
  const cause = fields(error["cause"]) ?? {};
  const found = [error["responseBody"], error["data"], error["value"], error["text"], cause["value"], cause["text"]].find(
    (one) => one !== undefined,
  );
  return parsed(found);
}

function parsed(body: unknown): unknown {
  if (typeof body !== "string") return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** The advice of `openai()` speaks of its own options and variables. */
function advised({ advice, ...trouble }: Trouble): Trouble {
  if (trouble.type === "auth") return { ...trouble, advice: "check the API key that the provider was given" };
  if (advice === undefined || trouble.type === "context_length") return { ...trouble, ...(advice !== undefined && { advice }) };
  return { ...trouble, advice: "check the base URL that the provider was given" };
}

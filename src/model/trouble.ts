import { cut } from "../plan/cut.ts";
import type { AgentError } from "./model.ts";
import { redact } from "./redact.ts";
import { knownSecrets } from "./secrets.ts";

/** What went wrong with a request, before it is worded. `got` may quote the provider: it is redacted and cut at the end. */
export interface Trouble extends Omit<AgentError, "message" | "retryable"> {
  /** "a reply from model …" unless told. */
  readonly expected?: string;
  readonly got: string;
  readonly advice?: string;
  /** What its type usually is, unless told. */
  readonly retryable?: boolean;
}

const longest = 600;

const worthRetrying: ReadonlySet<AgentError["type"]> = new Set([
  "rate_limited",
  "overloaded",
  "connection",
  "timeout",
  "stream_truncated",
  // Sampling may well take another way the next time.
  "empty",
  "no_content",
]);

export function isRetryable({ type, retryable }: Trouble): boolean {
  return retryable ?? worthRetrying.has(type);
}

/** The one place where an error of a model gets its words. */
export function toAgentError(trouble: Trouble, model: string): AgentError {
  const secrets = knownSecrets();
  const { expected = `a reply from model ${JSON.stringify(model)}`, got, advice, requestId, ...rest } = trouble;
  // A gateway's error page can have megabytes, which redaction need not search.
  const shown = cut(redact(cut(got.replace(/\s+/g, " "), 8 * longest), secrets), longest);
  return Object.freeze({
    ...rest,
    message: redact(`Expected ${expected}, got ${shown}${advice === undefined ? "" : `; ${advice}`}`, secrets),
    retryable: isRetryable(trouble),
    ...(requestId !== undefined && { requestId: cut(redact(requestId, secrets), 200) }),
  });
}

export const truncated: Trouble = { type: "stream_truncated", got: "a stream that ended before the reply did" };

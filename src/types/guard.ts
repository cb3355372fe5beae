import type { Result, ResultAsync } from "neverthrow";

/** What an agent's `before` and `after` are handed beside the value that they look at. */
export interface GuardContext {
  /** Aborts when the run is cancelled or the step's time is up. */
  readonly signal: AbortSignal;
  /** The run's state. */
  readonly state: Readonly<Record<string, unknown>>;
  /** The same for every attempt, and after a resume. */
  readonly idempotencyKey: string;
  /** The id of the run. */
  readonly runId: string;
  /** Where in the run, for example `research/web/before`. */
  readonly path: string;
}

/**
 * What a guardrail gives, at once or later: the value itself, which passes, another one in its place, or an error as steps
 * return them, which `reject(reason)` makes.
 */
// biome-ignore-start lint/suspicious/noExplicitAny: see `OkOf` in outputs.ts.
export type Guarded<Value> = Value | PromiseLike<Value | Result<Value, any>> | Result<Value, any> | ResultAsync<Value, any>;
// biome-ignore-end lint/suspicious/noExplicitAny: see `OkOf` in outputs.ts.

/** Why a guardrail did not let a prompt or an answer pass. */
export interface Rejection<out Reason> {
  /** Tells it from what models fail with. */
  readonly type: "rejected";
  /** What was given to `reject`. */
  readonly reason: Reason;
  /** One sentence for people. */
  readonly message: string;
}

import { BuildError } from "../../plan/build-error.ts";
import { messageOf, show } from "../../plan/show.ts";
import type { AnyFailure, Elsewhere, OpenWait, StepFailure } from "../../types/failure.ts";
import type { Issue } from "../../types/schema.ts";
import { type Place, pathOf } from "../trace/place.ts";
import { Given } from "../values/given.ts";
import type { Op } from "../values/op.ts";

/**
 * How a failure travels through the executor: no step can return one by accident. It is a function, though nobody calls it:
 * whatever steps hand back is tested for being one, and `typeof` tells nearly all of it apart, which takes an object 20 ns
 * less than asking for a private mark.
 */
export class Failed extends Given {
  readonly #failed = true;
  declare readonly failure: AnyFailure;
  /** It came from an attempt that listened to its signal, after that was aborted: it may be an answer to the abort. */
  declare readonly answers: boolean;

  constructor(failure: AnyFailure, answers = false) {
    super(() => {});
    // Listeners are handed it as well as the caller.
    this.failure = Object.freeze(failure);
    this.answers = answers;
  }

  // Not by `instanceof`: a proxy may throw when its prototype is asked for.
  static is(value: unknown): value is Failed {
    return typeof value === "function" && #failed in value;
  }
}

/** What the library's own leaf functions throw to fail with a type of their own. */
export class Fault extends Error {
  readonly #fault = true;
  declare readonly type: "invalid_input" | "invalid_output" | "not_serializable";
  declare readonly issues: readonly Issue[];

  constructor(type: Fault["type"], message: string, issues: readonly Issue[], cause?: unknown) {
    super(message, { cause });
    this.type = type;
    this.issues = issues;
  }

  static override [Symbol.hasInstance](value: unknown): value is Fault {
    return typeof value === "object" && value !== null && #fault in value;
  }
}

/** Says which piece of user code in a leaf it was that threw. */
export class Blame {
  readonly #blame = true;
  declare readonly role: string;
  declare readonly cause: unknown;

  constructor(role: string, cause: unknown) {
    this.role = role;
    this.cause = cause;
  }

  static [Symbol.hasInstance](value: unknown): value is Blame {
    return typeof value === "object" && value !== null && #blame in value;
  }
}

const none: readonly StepFailure<unknown>[] = Object.freeze([]);

function told(op: Op, place: Place, attempts: number) {
  // A check at the border of a sub-workflow belongs to the step that runs it.
  return { step: op.id === "" ? (place.op?.id ?? "") : op.id, path: pathOf(place, op), attempts, suppressed: none };
}

function named(op: Op, role = op.role): string {
  return role === "" ? `Step ${show(op.id)}` : `${role.replace(/^t/, "T")} of step ${show(op.id)}`;
}

export function threw(op: Op, place: Place, attempts: number, cause: unknown): AnyFailure {
  if (cause instanceof Fault) {
    const { type, message, issues } = cause;
    return { type, message: op.id === "" ? message : `${named(op)}: ${message}`, ...told(op, place, attempts), cause: cause.cause, issues };
  }
  if (cause instanceof Blame)
    return { ...threw(op, place, attempts, cause.cause), message: `${named(op, cause.role)} failed: ${messageOf(cause.cause)}` };
  return { type: "step_failed", threw: true, message: `${named(op)} failed: ${thrownText(cause)}`, ...told(op, place, attempts), cause };
}

/** `throw undefined` says nothing by itself. */
function thrownText(cause: unknown): string {
  return cause === undefined || cause === null || cause === "" ? `it threw ${show(cause)}, which says nothing of why` : messageOf(cause);
}

export function returned(op: Op, place: Place, attempts: number, cause: unknown): AnyFailure {
  return { type: "step_failed", threw: false, message: `${named(op)} failed: ${messageOf(cause)}`, ...told(op, place, attempts), cause };
}

export function timedOut(op: Op, place: Place, attempts: number, timeout: number, cause: unknown): AnyFailure {
  return {
    type: "step_timed_out",
    message: `${named(op)} took longer than its timeout of ${timeout} ms`,
    ...told(op, place, attempts),
    timeout,
    cause,
  };
}

export function noRoute(op: Op, place: Place, route: unknown): AnyFailure {
  const known = op.entries.map(({ key }) => show(key)).join(", ");
  const message = `Expected the selector of step ${show(op.id)} to give ${known === "" ? "a key, but the step has no arms" : `one of ${known}`}, got ${show(route)}`;
  return { type: "no_route", message, ...told(op, place, 1), route, cause: undefined };
}

export function loopLimit(op: Op, place: Place): AnyFailure {
  return {
    type: "loop_limit",
    message: `Loop ${show(op.id)} reached its limit of ${op.max} turns with its condition unmet`,
    ...told(op, place, 1),
    cause: undefined,
  };
}

export function invalidSelection(op: Op, place: Place, what: string, got: unknown): AnyFailure {
  const cause = new TypeError(`Expected ${what} of step ${show(op.id)}, got ${show(got)}`);
  return { ...threw(op, place, 1, cause), message: cause.message };
}

export function stateConflict(op: Op, place: Place, key: string): AnyFailure {
  const message = `Two concurrent arms of step ${show(op.id)} wrote the state key ${show(key)}: declare how they merge, with .state(initial, { merge: { ${key}: (joined, arm, base) => … } })`;
  return { type: "state_conflict", message, ...told(op, place, 1), key, cause: undefined };
}

export function cancelled(reason: unknown): AnyFailure {
  const why = reason === undefined || isAbortError(reason) ? "" : `: ${messageOf(reason)}`;
  return {
    type: "cancelled",
    message: `The run was cancelled${why}`,
    step: "",
    path: "",
    attempts: 0,
    suppressed: none,
    reason,
    cause: reason,
  };
}

export function runTimedOut(timeout: number, cause: unknown): AnyFailure {
  return {
    type: "run_timed_out",
    message: `The run took longer than its timeout of ${timeout} ms`,
    step: "",
    path: "",
    attempts: 0,
    suppressed: none,
    timeout,
    cause,
  };
}

export function waitTimedOut(op: Op, place: Place, timeout: number): AnyFailure {
  return {
    type: "wait_timed_out",
    message: `Step ${JSON.stringify(op.id)} had no answer within ${timeout} ms`,
    ...told(op, place, 1),
    timeout,
    cause: undefined,
  };
}

/** The run is not over, but ends here: `type` and `message` are the journal's. */
export function elsewhere(type: Elsewhere["type"] | "not_serializable", message: string, cause?: unknown): AnyFailure {
  const told = { message, step: "", path: "", attempts: 0, suppressed: none, cause };
  return type === "not_serializable" ? { type, issues: [], ...told } : { type, ...told };
}

/** Nothing can go on before one of these waits is answered. */
export function suspended(waits: readonly OpenWait[]): AnyFailure {
  const [first, ...others] = waits;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return {
    type: "suspended",
    message: `The run waits for an answer to step ${JSON.stringify(first?.step ?? "")}${more}`,
    step: first?.step ?? "",
    path: first?.path ?? "",
    attempts: 0,
    suppressed: none,
    cause: undefined,
    waits,
  };
}

/** Whether `catch`, `settle` and `race` may hold a failure back. */
export function isCatchable(failure: AnyFailure): failure is StepFailure<unknown> {
  return catchable.has(failure.type);
}

const catchable: ReadonlySet<AnyFailure["type"]> = new Set([
  "step_failed",
  "step_timed_out",
  "wait_timed_out",
  "no_route",
  "loop_limit",
  "invalid_output",
]);

/** Failures that no further attempt can mend. */
export function isFinal(failure: AnyFailure): boolean {
  return !isCatchable(failure) || failure.cause instanceof BuildError;
}

/** Whether an error is only the echo of an abort: its reason itself, an AbortError, or an error that it caused. */
export function isEcho(error: unknown, reason: unknown): boolean {
  try {
    if (error === reason || isAbortError(error)) return true;
    const { cause } = error as { readonly cause?: unknown };
    return cause !== undefined && cause === reason;
  } catch {
    return false;
  }
}

function isAbortError(error: unknown): boolean {
  try {
    return (error as { readonly name?: unknown }).name === "AbortError";
  } catch {
    return false;
  }
}

export function withSuppressed(failure: AnyFailure, others: readonly AnyFailure[]): AnyFailure {
  return others.length === 0
    ? Object.freeze(failure)
    : Object.freeze({ ...failure, suppressed: Object.freeze([...failure.suppressed, ...others]) } as AnyFailure);
}

/** The reason of a signal that a time limit aborted. */
export function timeoutReason(message: string): DOMException {
  return new DOMException(message, "TimeoutError");
}

/** The reason of the run's signal, where its own time is over or it waits for answers. */
export function endReason(failure: AnyFailure): DOMException {
  return failure.type === "suspended" ? new DOMException(failure.message, "AbortError") : timeoutReason(failure.message);
}

/** The reason of a sibling's signal: what failed, as the cause. */
export function siblingReason(failure: AnyFailure): DOMException {
  return new DOMException(`Aborted, since ${failure.path === "" ? "the run" : failure.path} failed`, {
    name: "AbortError",
    cause: failure,
  } as never);
}

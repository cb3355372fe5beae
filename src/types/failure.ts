import type { Issue } from "./schema.ts";
import type { TraceRecord } from "./trace.ts";
import type { Usage } from "./usage.ts";

declare const engine: unique symbol;

/** Type-level marker: the chain has a loop that fails at its limit. It is never a value. */
export interface LoopLimit {
  readonly [engine]: "loop_limit";
}

/** Type-level marker: the chain waits for an answer to step `K`. It is never a value. */
export interface Suspended<out K extends string, out Answer> {
  readonly [engine]: "suspended";
  /** The id of the wait. */
  readonly step: K;
  /** What it may be answered with. */
  readonly answer: Answer;
}

/** What every failure tells. */
interface Told {
  /** One sentence for people. */
  readonly message: string;
  /** The id of the step that failed; empty where the run as a whole did. */
  readonly step: string;
  /** Where in the run, for example `research/web` or `revise#2/rewrite`; empty for the run as a whole. */
  readonly path: string;
  /** How often the step was tried. */
  readonly attempts: number;
  /** The original error, by identity. */
  readonly cause: unknown;
  /** What else went wrong on the way: siblings that failed too, cleanups that threw. */
  readonly suppressed: readonly StepFailure<unknown>[];
}

interface Returned<out E> extends Told {
  readonly type: "step_failed";
  readonly threw: false;
  readonly cause: E;
}

interface Threw extends Told {
  readonly type: "step_failed";
  readonly threw: true;
}

interface Invalid extends Told {
  readonly type: "invalid_output";
  readonly issues: readonly Issue[];
}

interface NoRoute extends Told {
  readonly type: "no_route";
  /** The key that the selector gave. */
  readonly route: unknown;
}

interface TimedOut extends Told {
  readonly type: "step_timed_out" | "wait_timed_out";
  /** The limit that was passed, in ms. */
  readonly timeout: number;
}

interface Limited extends Told {
  readonly type: "loop_limit";
}

/**
 * What `catch`, `settle` and a retry's `when` see. Told apart by `type`; with `step_failed`,
 * `threw: false` narrows `cause` to the error that the step returned.
 */
export type StepFailure<E> =
  | Threw
  | TimedOut
  | NoRoute
  | Invalid
  | (E extends LoopLimit ? Limited : E extends Suspended<string, unknown> ? never : Returned<E>);

/** The outcome of one arm of a `settle`. */
export type Settled<Output, E> = { readonly ok: true; readonly value: Output } | { readonly ok: false; readonly error: StepFailure<E> };

/** The waits among a chain's errors, which only an answer ends. */
export type WaitsIn<E> = Extract<E, Suspended<string, unknown>>;

/** What the wait called `Id` may be answered with. Tools of a source go by any name. */
export type AnswerTo<Id extends string, E> = E extends Suspended<infer K, infer Answer> ? (Id extends K ? Answer : never) : never;

interface Cancelled extends Told {
  readonly type: "cancelled";
  /** What the caller's signal or `cancel(reason)` gave, by identity. */
  readonly reason: unknown;
}

interface InvalidInput extends Told {
  readonly type: "invalid_input";
  readonly issues: readonly Issue[];
}

interface RunTimedOut extends Told {
  readonly type: "run_timed_out";
  /** The limit that was passed, in ms. */
  readonly timeout: number;
}

interface StateConflict extends Told {
  readonly type: "state_conflict";
  /** The key that two concurrent arms wrote. */
  readonly key: string;
}

interface NotKept extends Told {
  /** What a step of a durable run gave is no data that a journal can keep. */
  readonly type: "not_serializable";
  readonly issues: readonly Issue[];
}

export interface Elsewhere extends Told {
  /** The run is not over: its journal failed, another owner has it, or it was begun otherwise. Only durable runs end so. */
  readonly type: "journal_failed" | "run_locked" | "run_exists" | "run_not_found" | "plan_changed" | "interrupted";
}

interface BudgetExceeded extends Told {
  readonly type: "budget_exceeded";
  /** Which limit of the run option `budget` the call would have passed. */
  readonly limit: "tokens" | "cost" | "modelCalls";
  /** That limit. */
  readonly allowed: number;
  /** What the run had spent of it. */
  readonly spent: number;
  /** What the call would have reserved of it; `Infinity` where `prices` does not know the model. */
  readonly reservation: number;
}

/** A wait that is open: what is asked, and where. */
export interface OpenWait {
  /** The id of the `waitFor` step, or the name of the tool that needs approval. */
  readonly step: string;
  /** Where in the run, for example `each[2]/approval` or, for a tool, `draft/turn#1/delete_file[0]/approval`. */
  readonly path: string;
  /** What its `show` gave; for a tool an `ApprovalRequest`. */
  readonly shown: unknown;
}

/** Why an answer was not taken. */
export interface AnswerRefused {
  /** Tells it from other failures. */
  readonly type: "answer_refused";
  /** Why, as a word for programs. */
  readonly reason: /** It does not fit the wait's schema. */
    | "invalid"
    /** An answer was there before. */
    | "answered"
    /** No step of the plan, or none at this path, waits under this id. */
    | "no_such_wait"
    /** The run is over, or the wait is: its time ran out, or what it belongs to was aborted. */
    | "over"
    /** The journal has no run of this id, or it is one of another plan. */
    | "no_such_run"
    /** The journal could not take it. */
    | "journal_failed";
  /** One sentence for people. */
  readonly message: string;
  /** What the schema says; empty for the other reasons. */
  readonly issues: readonly Issue[];
}

/** What came of a cancel that a journal took: it is there now, or another one was there before, whose reason counts. */
export type CancelRecorded = "recorded" | "cancelled_before";

/** Why a cancel was not taken. */
export interface CancelRefused {
  /** Tells it from other failures. */
  readonly type: "cancel_refused";
  /** Why, as a word for programs. */
  readonly reason: /** The run is over: it completed, failed or was cancelled. */
    | "over"
    /** The journal has no run of this id, or it is one of another plan. */
    | "run_not_found"
    /** The journal could not take it. */
    | "journal_failed";
  /** One sentence for people. */
  readonly message: string;
}

interface Waiting extends Told {
  readonly type: "suspended";
  /** All the waits that are open, in the order in which they began; the failure's own step and path are those of the first. */
  readonly waits: readonly OpenWait[];
}

/** Failures that no `catch`, `settle` or `race` holds back. */
export type Uncatchable = Cancelled | InvalidInput | RunTimedOut | StateConflict | BudgetExceeded | NotKept | Elsewhere;

/** Every failure that the executor makes, before the run adds what was done so far. */
export type AnyFailure = StepFailure<unknown> | Limited | Uncatchable | Waiting;

/** What a failed run still hands back: nothing that was done is lost. */
interface Done<S> {
  /** Outputs of the steps that completed, by name. */
  readonly steps: { readonly [K in keyof S]?: S[K] };
  readonly trace: readonly TraceRecord[];
  readonly usage: Usage;
  readonly runId: string;
}

/** Why a run failed, told apart by `type`, with all that was done before. `E` is the union of the errors that steps return. */
export type RunFailure<E, S> = (
  | StepFailure<E>
  | Uncatchable
  | (E extends Suspended<infer K, unknown> ? Omit<Waiting, "step"> & { readonly step: K } : never)
) &
  Done<S>;

import type { StepFailure } from "./failure.ts";
import type { Usage } from "./usage.ts";

/** What was executed. */
export type ExecutionKind =
  | "step"
  | "tap"
  | "parallel"
  | "settle"
  | "race"
  | "branch"
  | "route"
  | "routeAll"
  | "routeBy"
  | "loop"
  | "turn"
  | "map"
  | "item"
  | "catch"
  | "workflow"
  | "agent"
  | "team"
  | "model"
  | "tool"
  | "tools"
  | "guard"
  | "sleep"
  | "wait"
  | "undo";

/** How far an execution has come; `cancelled` is what others' failures, a time limit or the caller ended. */
export type ExecutionStatus = "running" | "completed" | "failed" | "cancelled";

/** An attempt that failed and was followed by another. */
export interface FailedAttempt {
  /** Counts from 1. */
  readonly attempt: number;
  /** Why it failed. */
  readonly failure: StepFailure<unknown>;
  /** The pause before the next attempt, in ms. */
  readonly delayMs: number;
}

/** A task of a team in `tasks` mode, as it was when its team had come so far. */
export interface TeamTask {
  /** What the leader calls it by. */
  readonly id: string;
  /** Who does it. */
  readonly member: string;
  /** What is to be done, as the leader put it. */
  readonly task: string;
  /** Ids of the tasks whose results it was given. */
  readonly dependsOn: readonly string[];
  /** How far it has come. */
  readonly status: "waiting" | "running" | "completed" | "failed";
  /** Where it was done last, for example `desk/turn#1/plan_tasks[0]/gather`; absent until it has begun. */
  readonly path?: string;
}

/** One execution of one step: a step in a loop has one for each turn. */
export interface TraceRecord {
  /** For example `research/web`, `revise#2/rewrite`, `each[3]/score`; reserved characters in names are percent-encoded. */
  readonly path: string;
  /** The step's id. */
  readonly step: string;
  /** What was executed. */
  readonly kind: ExecutionKind;
  /** How it ended, if it has. */
  readonly status: ExecutionStatus;
  /** How often it was tried. */
  readonly attempts: number;
  /** Wall time, in ms since 1970. */
  readonly startedAt: number;
  /** How long it took, in ms. */
  readonly durationMs: number;
  /** What models took in it; absent where none was called. */
  readonly usage?: Usage;
  /** The arm that a branch or route took, the arms of a `routeAll`, the winner of a race. */
  readonly route?: string | readonly string[];
  /** Turns of a loop, items of a map. */
  readonly count?: number;
  /** A loop that ended at `max` with its condition unmet. */
  readonly limitReached?: true;
  /** Executions under this loop or map, also in loops and maps inside it, that the trace counts but does not keep (see the run option `trace`). */
  readonly omitted?: number;
  /** Attempts that failed before the last. */
  readonly retried?: readonly FailedAttempt[];
  /** The tasks of a team in `tasks` mode, in the order in which they were planned. */
  readonly tasks?: readonly TeamTask[];
  /** Why it failed, in one sentence. */
  readonly message?: string;
}

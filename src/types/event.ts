import type { AnyFailure, OpenWait } from "./failure.ts";
import type { ExecutionKind } from "./trace.ts";
import type { Usage } from "./usage.ts";

interface At {
  readonly runId: string;
  /** Where in the run; empty for the run as a whole. */
  readonly path: string;
  /** The step's id; empty for the run as a whole. */
  readonly step: string;
  /** Wall time, in ms since 1970. */
  readonly at: number;
}

/** What a run tells its listeners while it goes on, told apart by `type`. */
export type RunEvent =
  | (At & { readonly type: "run.started"; readonly plan: string })
  | (At & {
      /** A durable run goes on that was begun before: what it has done is told as `step.replayed`, before this. */
      readonly type: "run.resumed";
      readonly plan: string;
    })
  | (At & { readonly type: "run.completed"; readonly durationMs: number; readonly usage: Usage })
  | (At & { readonly type: "run.failed"; readonly durationMs: number; readonly usage: Usage; readonly failure: AnyFailure })
  | (At & {
      readonly type: "run.suspended";
      readonly durationMs: number;
      readonly usage: Usage;
      /** The waits that are open. */
      readonly waits: readonly OpenWait[];
    })
  | (At & {
      readonly type: "step.started";
      readonly kind: ExecutionKind;
      /** What a wait shows to whoever answers. */
      readonly shown?: unknown;
    })
  | (At & {
      readonly type: "step.completed";
      /** The arm that a branch or route took, the arms of a `routeAll`, the winner of a race. */
      readonly route?: string | readonly string[];
      /** A loop that ended at `max` with its condition unmet. */
      readonly limitReached?: true;
      readonly kind: ExecutionKind;
      readonly attempts: number;
      readonly durationMs: number;
      readonly usage?: Usage;
    })
  | (At & {
      readonly type: "step.failed";
      readonly kind: ExecutionKind;
      readonly attempts: number;
      readonly durationMs: number;
      readonly usage?: Usage;
      readonly message: string;
      readonly cancelled: boolean;
    })
  | (At & {
      /** A durable run was taken up again: what this step came to is known from before. */
      readonly type: "step.replayed";
      readonly kind: ExecutionKind;
    })
  | (At & { readonly type: "step.skipped" })
  | (At & { readonly type: "step.retrying"; readonly attempt: number; readonly delayMs: number; readonly message: string })
  | (At & { readonly type: "loop.iteration"; readonly iteration: number })
  | (At & { readonly type: "agent.delta"; readonly delta: string; readonly call: string; readonly attempt: number })
  /** A team's leader gave a member something to do; `path` is where the member does it. */
  | (At & { readonly type: "team.delegated"; readonly member: string; readonly task: string })
  | (At & { readonly type: "tool.started"; readonly tool: string })
  | (At & { readonly type: "tool.completed"; readonly tool: string; readonly durationMs: number })
  | (At & { readonly type: "tool.failed"; readonly tool: string; readonly durationMs: number; readonly message: string });

/** Called for every event, in order. What it throws or rejects with is reported once as a process warning and harms nothing. */
export type Listener = (event: RunEvent) => void;

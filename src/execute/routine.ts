import type { Usage } from "../types/usage.ts";
import type { Limits } from "../plan/limits.ts";
import type { RunEvent } from "../types/event.ts";
import type { Op } from "./op.ts";

/** What a routine (an agent's turns, a team) is handed. */
export interface Host {
  /** What the step's options say for each call of a model. */
  readonly limits: Limits;
  /** Whether a value is a record of arms' outputs, to be shown in sections. */
  isSectioned(value: unknown): boolean;
  /** The input was built for this step by the user, and not simply what came last. */
  readonly built: boolean;
  /** Books tokens to the step, to all it is nested in, and to the run. */
  spend(usage: Usage): void;
}

/** Yields operations, and is resumed with what each came to: a value, or a `Failed`. Returns a value or a `Failed`. */
export type Routine = (host: Host, input: unknown) => Generator<Op, unknown, unknown>;

/** An event as a routine tells it; the run adds id, path, step and time. */
export type Told = Extract<RunEvent, { readonly type: `agent.${string}` | `tool.${string}` }>;

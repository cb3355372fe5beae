import type { Limits } from "../../plan/limits.ts";
import type { RunEvent } from "../../types/event.ts";
import type { Tape } from "../../types/tape.ts";
import type { TeamTask } from "../../types/trace.ts";
import { Context } from "../port/context.ts";
import type { Fiber } from "../schedule/fiber.ts";
import { extra } from "../trace/trace.ts";
import type { Op } from "../values/op.ts";
import { Sectioned } from "../values/sectioned.ts";

/** What a routine (an agent's turns, a team) is handed. */
export interface Host {
  /** The step's id and path. */
  readonly id: string;
  readonly path: string;
  /** What the step's options say for each call of a model. */
  readonly limits: Limits;
  /** Whether a value is a record of arms' outputs, to be shown in sections. */
  isSectioned(value: unknown): boolean;
  /** The input was built for this step by the user, and not simply what came last. */
  readonly built: boolean;
  /** Keeps a team's tasks as they are now in the record of its step. */
  readonly note: (tasks: readonly TeamTask[]) => void;
}

export function hostOf({ place: { path, execution } }: Fiber, op: Op): Host {
  const note: Host["note"] = (tasks) => {
    if (execution !== undefined) extra(execution).tasks = tasks;
  };
  return {
    id: op.id,
    path,
    isSectioned: Sectioned.is,
    limits: { timeout: op.timeout, retry: op.retry },
    built: op.leaf !== undefined,
    note,
  };
}

/** Yields operations, and is resumed with what each came to: a value, or a `Failed`. Returns a value or a `Failed`. */
export type Routine = (host: Host, input: unknown) => Generator<Op, unknown, unknown>;

/** An event as a leaf tells it; the run's id and the time are added. */
export type Told = Unplaced<Extract<RunEvent, { readonly type: `agent.${string}` | `team.${string}` }>>;
type Unplaced<E> = E extends unknown ? Omit<E, "runId" | "at"> : never;

/** What records the run's exchanges with models and tools, or answers them; undefined where nothing does. */
export function tapeOf(context: Context): Tape | undefined {
  return Context.fiberOf(context).run.settings.tape;
}

/** What tells the run's listeners something from inside a leaf; undefined where nobody listens. */
export function emitterOf(context: Context): ((told: Told) => void) | undefined {
  const { progress, port } = Context.fiberOf(context).run;
  const { emit, runId } = progress;
  if (emit === undefined) return undefined;
  return (told) => emit({ ...told, runId, at: progress.trace.wall(port.now()) });
}

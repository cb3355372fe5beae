import type { ExecutionStatus, FailedAttempt, TraceRecord } from "../types/trace.ts";
import type { Usage } from "../types/usage.ts";
import type { Op } from "./op.ts";
import { type Place, pathOf } from "./place.ts";

/** How many executions under one loop or map are kept when the run option `trace` is "auto". */
export const keptByContainer = 1_000;

/** One execution as the run keeps it: fields only, linked to the next; `recordOf` makes the public record of it. */
export class Execution {
  readonly op: Op;
  readonly place: Place;
  /** Monotonic ms. */
  readonly startedAt: number;
  endedAt = -1;
  status: ExecutionStatus = "running";
  attempts = 1;
  next: Execution | undefined;
  kept = false;
  extra: Extra | undefined;
  /** Executions under this loop or map. */
  count = 0;
  omitted = 0;

  constructor(op: Op, place: Place, startedAt: number) {
    this.op = op;
    this.place = place;
    this.startedAt = startedAt;
  }
}

/** What few executions have. */
export interface Extra {
  usage?: Usage;
  route?: string | readonly string[];
  count?: number;
  limitReached?: true;
  retried?: FailedAttempt[];
  message?: string;
}

export function extra(execution: Execution): Extra {
  execution.extra ??= {};
  return execution.extra;
}

/** The executions of a run, in the order in which they started. */
export class Trace {
  readonly #all: boolean;
  /** Wall time at monotonic 0. */
  readonly #origin: number;
  #first: Execution | undefined;
  #last: Execution | undefined;

  constructor(all: boolean, origin: number) {
    this.#all = all;
    this.#origin = origin;
  }

  begin(op: Op, place: Place, now: number): Execution {
    const execution = new Execution(op, place, now);
    const { container } = place;
    if (container === undefined || this.#all || ++container.count <= keptByContainer) this.#keep(execution);
    else container.omitted++;
    return execution;
  }

  end(execution: Execution, status: ExecutionStatus, now: number): void {
    execution.status = status;
    execution.endedAt = now;
    // A failure is always kept, however many executions there were.
    if (status === "failed" && !execution.kept) {
      this.#keep(execution);
      if (execution.place.container !== undefined) execution.place.container.omitted--;
    }
  }

  wall(now: number): number {
    return this.#origin + now;
  }

  records(now: number, only?: (op: Op) => boolean): readonly TraceRecord[] {
    const records: TraceRecord[] = [];
    for (let at = this.#first; at !== undefined; at = at.next) if (only === undefined || only(at.op)) records.push(this.#record(at, now));
    return records;
  }

  /** Of the executions that `only` picks, the one that ended last; a loop's or map's own, not that of a turn or an item. */
  lastRecord(now: number, only: (op: Op) => boolean): TraceRecord | undefined {
    let found: Execution | undefined;
    for (let at = this.#first; at !== undefined; at = at.next)
      if (only(at.op) && !isPart(at.op) && (found === undefined || at.endedAt >= found.endedAt)) found = at;
    return found === undefined ? undefined : this.#record(found, now);
  }

  #keep(execution: Execution): void {
    execution.kept = true;
    if (this.#last === undefined) this.#first = execution;
    else this.#last.next = execution;
    this.#last = execution;
  }

  #record(execution: Execution, now: number): TraceRecord {
    const { op, place, status, attempts, startedAt, endedAt, omitted } = execution;
    return {
      path: pathOf(place, op),
      step: op.id,
      kind: op.kind,
      status,
      attempts,
      startedAt: this.wall(startedAt),
      durationMs: (endedAt === -1 ? now : endedAt) - startedAt,
      ...execution.extra,
      ...(omitted === 0 ? {} : { omitted }),
    };
  }
}

/** The call that a loop or a map consists of goes by the id of the whole. */
function isPart({ kind, inPlace }: Op): boolean {
  return inPlace && (kind === "turn" || kind === "item");
}

import type { ExecutionStatus, FailedAttempt, TeamTask, TraceRecord } from "../../types/trace.ts";
import type { Usage } from "../../types/usage.ts";
import type { Op } from "../values/op.ts";
import { type Place, pathOf } from "./place.ts";

/** About a µs. A power of two, so that whole ms, halves and quarters stay what they are. */
export const perMs = 1_024;

/** How many executions under one loop or map are kept when the run option `trace` is "auto". */
const keptByContainer = 1_000;

/**
 * How many executions there were under a loop or a map, and how many of them no record was kept of. The outermost one decides
 * for all that are inside it: else a map of loops would keep a thousand records for each of its items.
 */
export class Tally {
  declare readonly outermost: Tally;
  /** Counted on the outermost alone. */
  count = 0;
  omitted = 0;

  constructor(outer: Tally | undefined) {
    this.outermost = outer?.outermost ?? this;
  }
}

/** One execution as the run keeps it: fields only, linked to the next; the public record is made of it when it is read. */
export class Execution {
  declare readonly op: Op;
  declare readonly place: Place;
  /** In 1/1024 ms since the run began: a small integer, which V8 keeps in its field, where a fraction takes an object of its own. */
  declare readonly startedAt: number;
  /** In 1/1024 ms since the run began; -1 while it is under way. */
  endedAt = -1;
  status: ExecutionStatus = "running";
  next: Execution | undefined;
  extra: Extra | undefined;

  constructor(op: Op, place: Place, startedAt: number) {
    this.op = op;
    this.place = place;
    this.startedAt = startedAt;
  }
}

/** What few executions have. */
export interface Extra {
  attempts?: number;
  tally?: Tally;
  usage?: Usage;
  route?: string | readonly string[];
  count?: number;
  limitReached?: true;
  retried?: FailedAttempt[];
  message?: string;
  tasks?: readonly TeamTask[];
}

export function extra(execution: Execution): Extra {
  execution.extra ??= {};
  return execution.extra;
}

/** What is counted under a loop or a map. */
export function tallyOf(execution: Execution): Tally {
  const found = extra(execution);
  found.tally ??= new Tally(execution.place.tally);
  return found.tally;
}

/** The executions of a run, in the order in which they started. */
export class Trace {
  readonly #all: boolean;
  /** Monotonic ms at which the run began. */
  readonly #start: number;
  /** Wall time at monotonic 0. */
  readonly #origin: number;
  #first: Execution | undefined;
  #last: Execution | undefined;

  constructor(all: boolean, start: number, date: number) {
    this.#all = all;
    this.#start = start;
    this.#origin = date - start;
  }

  begin(op: Op, place: Place, ticks: number): Execution {
    const execution = new Execution(op, place, ticks);
    if (place.tally === undefined || this.#fits(place.tally)) this.#keep(execution);
    return execution;
  }

  #fits(tally: Tally): boolean {
    if (this.#all || ++tally.outermost.count <= keptByContainer) return true;
    tally.omitted++;
    return false;
  }

  end(execution: Execution, status: ExecutionStatus, ticks: number): void {
    execution.status = status;
    execution.endedAt = ticks;
    const { tally } = execution.place;
    if (tally !== undefined) this.#count(execution, tally);
  }

  #count(execution: Execution, tally: Tally): void {
    const inside = execution.extra?.tally;
    if (inside !== undefined) tally.omitted += inside.omitted;
    // A failure is always kept, however many executions there were.
    if (execution.status === "failed" && !this.#isKept(execution)) {
      this.#keep(execution);
      tally.omitted--;
    }
  }

  wall(now: number): number {
    return this.#origin + now;
  }

  /** Ms that an execution has taken, so far or altogether. */
  durationOf({ startedAt, endedAt }: Execution, now: number): number {
    return ((endedAt === -1 ? this.ticks(now) : endedAt) - startedAt) / perMs;
  }

  /** Monotonic ms as executions have them. Rounded down, so that no part of a run takes longer than the run. */
  ticks(now: number): number {
    return Math.floor((now - this.#start) * perMs);
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
    if (this.#last === undefined) this.#first = execution;
    else this.#last.next = execution;
    this.#last = execution;
  }

  #isKept(execution: Execution): boolean {
    return execution.next !== undefined || execution === this.#last;
  }

  #record(execution: Execution, now: number): TraceRecord {
    const { op, place, status, startedAt } = execution;
    const { attempts = 1, tally, ...more } = execution.extra ?? none;
    return {
      path: pathOf(place, op),
      step: op.id,
      kind: op.kind,
      status,
      attempts,
      startedAt: this.wall(this.#start + startedAt / perMs),
      durationMs: this.durationOf(execution, now),
      ...more,
      ...(tally === undefined || tally.omitted === 0 ? {} : { omitted: tally.omitted }),
    };
  }
}

const none: Extra = Object.freeze({});

/** The call that a loop or a map consists of goes by the id of the whole. */
function isPart({ kind, inPlace }: Op): boolean {
  return inPlace && (kind === "turn" || kind === "item");
}

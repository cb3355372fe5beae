import { encodeSegment } from "../plan/names.ts";
import type { Op } from "./op.ts";
import type { Execution } from "./trace.ts";

/**
 * Where in a run something executes: a linked list from the inside out. Paths are made from it only when somebody asks.
 */
export class Place {
  readonly parent: Place | undefined;
  /** The composite that this place belongs to; undefined at the root. */
  readonly op: Op | undefined;
  /** A piece of a path, such as `research`; empty where the place adds none. */
  readonly segment: string;
  /** The turn of a loop, from 1; 0 outside loops. */
  readonly iteration: number;
  /** The index of a map's item, from 0; -1 outside maps. */
  readonly index: number;
  /** The attempt of a retried composite, from 1. */
  readonly attempt: number;
  /** What the trace counts executions under; the nearest loop or map. */
  readonly container: Execution | undefined;
  /** The record of the composite, on the place that opened it. */
  execution: Execution | undefined;
  /** The arm that was taken. */
  route: string | undefined;
  #path: string | undefined;
  #key: string | undefined;

  constructor(
    parent: Place | undefined,
    op: Op | undefined,
    segment: string,
    iteration: number,
    index: number,
    attempt: number,
    container: Execution | undefined,
  ) {
    this.parent = parent;
    this.op = op;
    this.segment = segment;
    this.iteration = iteration;
    this.index = index;
    this.attempt = attempt;
    this.container = container;
  }

  static root(): Place {
    return new Place(undefined, undefined, "", 0, -1, 1, undefined);
  }

  /** A composite's own place, or that of an arm in it. */
  inside(op: Op, segment: string): Place {
    return new Place(this, op, segment, this.iteration, this.index, 1, this.container);
  }

  /** Turn `iteration` of the loop that this place was opened by. */
  turn(iteration: number): Place {
    return new Place(this, this.op, `#${iteration}`, iteration, this.index, 1, this.execution ?? this.container);
  }

  /** Item `index` of the map that this place was opened by. */
  item(index: number): Place {
    return new Place(this, this.op, `[${index}]`, this.iteration, index, 1, this.execution ?? this.container);
  }

  /** A further attempt at the composite that this place was opened by. */
  again(attempt: number): Place {
    return attempt === 1 ? this : new Place(this, this.op, `~${attempt}`, this.iteration, this.index, attempt, this.container);
  }

  /** For example `revise#2/rewrite`. */
  get path(): string {
    if (this.#path === undefined) this.#path = join(this, (place) => place.#path, false);
    return this.#path;
  }

  /** The path without retries of composites: the same for every attempt. */
  get key(): string {
    if (this.#key === undefined) this.#key = join(this, (place) => place.#key, true);
    return this.#key;
  }
}

/** Joins segments from the outside in, without recursion: plans may nest thousands deep. */
function join(place: Place, known: (place: Place) => string | undefined, stable: boolean): string {
  const segments: string[] = [];
  let at: Place | undefined = place;
  let head = "";
  for (; at !== undefined; at = at.parent) {
    const cached = known(at);
    if (cached !== undefined) {
      head = cached;
      break;
    }
    if (at.segment !== "" && !(stable && at.segment.startsWith("~"))) segments.push(at.segment);
  }
  for (let index = segments.length - 1; index >= 0; index--) head = append(head, segments[index] as string);
  return head;
}

const suffix = /^[#[~]/;

function append(head: string, segment: string): string {
  return head === "" || suffix.test(segment) ? head + segment : `${head}/${segment}`;
}

export function pathOf(place: Place, op: Op): string {
  return op.inPlace ? place.path : append(place.path, op.segment);
}

/** `runId/path`: the same across retries and resumes, different for any two executions. */
export function idempotencyKeyOf(runId: string, place: Place, op: Op): string {
  return `${encodeSegment(runId)}/${op.inPlace ? place.key : append(place.key, op.segment)}`;
}

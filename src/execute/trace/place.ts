import { encodeSegment } from "../../plan/names.ts";
import { LOOP, type Op } from "../values/op.ts";
import { type Execution, type Tally, tallyOf } from "./trace.ts";

/**
 * Where in a run something executes: a linked list from the inside out. Paths are made from it only when somebody asks.
 */
export class Place {
  declare readonly parent: Place | undefined;
  /** The composite that this place belongs to; undefined at the root. */
  declare readonly op: Op | undefined;
  /** A piece of a path, such as `research`; empty where the place adds none, undefined for a turn or an item, which are counted. */
  readonly #segment: string | undefined;
  /** The turn of a loop, from 1; 0 outside loops. */
  declare readonly iteration: number;
  /** The index of a map's item, from 0; -1 outside maps. */
  declare readonly index: number;
  /** What the trace counts executions in: that of the nearest loop or map. */
  declare readonly tally: Tally | undefined;
  /** The record of the composite, on the place that opened it. */
  execution: Execution | undefined;
  #path: string | undefined;

  constructor(
    parent: Place | undefined,
    op: Op | undefined,
    segment: string | undefined,
    iteration: number,
    index: number,
    tally: Tally | undefined,
  ) {
    this.parent = parent;
    this.op = op;
    this.#segment = segment;
    this.iteration = iteration;
    this.index = index;
    this.tally = tally;
  }

  /** Where every run begins. */
  static readonly root = new Place(undefined, undefined, "", 0, -1, undefined);

  /** A composite's own place, or that of an arm in it. */
  inside(op: Op, segment: string): Place {
    return new Place(this, op, segment, this.iteration, this.index, this.tally);
  }

  /** Turn `iteration` of the loop that this place was opened by. */
  turn(iteration: number): Place {
    return new Place(this, this.op, undefined, iteration, this.index, this.#counted());
  }

  /** Item `index` of the map that this place was opened by. */
  item(index: number): Place {
    return new Place(this, this.op, undefined, this.iteration, index, this.#counted());
  }

  /** A further attempt at the composite that this place was opened by. */
  again(attempt: number): Place {
    return attempt === 1 ? this : new Place(this, this.op, `~${attempt}`, this.iteration, this.index, this.tally);
  }

  /** A piece of a path, such as `research`, `#2` or `[3]`; empty where the place adds none. */
  get segment(): string {
    if (this.#segment !== undefined) return this.#segment;
    return this.op?.code === LOOP ? `#${this.iteration}` : `[${this.index}]`;
  }

  #counted(): Tally | undefined {
    return this.execution === undefined ? this.tally : tallyOf(this.execution);
  }

  /** For example `revise#2/rewrite`. */
  get path(): string {
    this.#path ??= join(this, (place) => place.#path, false);
    return this.#path;
  }

  /** The path without retries of composites: the same for every attempt. */
  get key(): string {
    return join(this, () => undefined, true);
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
    const { segment } = at;
    if (segment !== "" && !(stable && segment.startsWith("~"))) segments.push(segment);
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

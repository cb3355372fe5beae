import type { AnyFailure } from "../types/failure.ts";
import type { Fiber } from "./fiber.ts";
import type { Mode, Op } from "./op.ts";
import { Scope } from "./scope.ts";
import type { Source } from "./source.ts";
import type { Branch } from "./state.ts";
import type { Completed } from "./undo.ts";

/** A failure that counts against a group. */
export interface GroupFailure {
  readonly failure: AnyFailure;
  /** The arm's place among its siblings; -1 for a failure of the group itself. */
  readonly index: number;
  /** The port's tick at which it came; -1 for a failure of the group itself, which goes before all others. */
  readonly tick: number;
  readonly answers: boolean;
}

/** Fibers that run together, and the scope that they are aborted by: none of them outlives it. */
export class Group {
  /** Undefined for the run itself. */
  readonly fiber: Fiber | undefined;
  readonly op: Op | undefined;
  readonly mode: Mode;
  readonly limit: number;
  readonly scope = new Scope();

  /** Arms in the order in which they start; undefined for all of them. */
  readonly chosen: readonly number[] | undefined;
  readonly source: Source | undefined;
  /** How many arms have started, of how many. */
  started = 0;
  readonly size: number;
  active = 0;
  /** It stands in the list of groups with arms to start. */
  pending = false;

  readonly results: unknown[] = [];
  /** States of the arms that wrote some, by index. */
  readonly branches: { readonly index: number; readonly branch: Branch }[] = [];
  /** What went wrong; `failureOf` tells which of it comes first. */
  readonly failures: GroupFailure[] = [];
  winner = -1;
  aborting = false;
  /** Steps of its arms that can be undone. */
  completed: { readonly index: number; readonly completed: readonly Completed[] }[] = [];
  /** Steps are being undone: it settles when that is over. */
  undoing = false;
  /** Called when it has ended, where it belongs to no fiber and is not the run itself. */
  ended: (() => void) | undefined;

  stopTimer: (() => void) | undefined;
  stopGrace: (() => void) | undefined;
  first: Fiber | undefined;

  constructor(
    fiber: Fiber | undefined,
    op: Op | undefined,
    mode: Mode,
    size: number,
    limit: number,
    chosen: readonly number[] | undefined,
    source: Source | undefined,
  ) {
    this.fiber = fiber;
    this.op = op;
    this.mode = mode;
    this.size = size;
    this.limit = limit;
    this.chosen = chosen;
    this.source = source;
  }

  get exhausted(): boolean {
    return this.source === undefined ? this.started >= this.size : this.source.exhausted;
  }

  /** Whether user code of this group is under way: an arm, or a map's source that is asked or cleans up. */
  get busy(): boolean {
    return this.undoing || this.active > 0 || (this.aborting && this.source?.busy === true);
  }

  /** It undoes: no abort reaches it. */
  get shielded(): boolean {
    return this.ended !== undefined;
  }

  link(fiber: Fiber): void {
    this.active++;
    fiber.next = this.first;
    if (this.first !== undefined) this.first.previous = fiber;
    this.first = fiber;
  }

  unlink(fiber: Fiber): void {
    this.active--;
    if (fiber.previous === undefined) this.first = fiber.next;
    else fiber.previous.next = fiber.next;
    if (fiber.next !== undefined) fiber.next.previous = fiber.previous;
    fiber.previous = fiber.next = undefined;
  }
}

import type { AnyFailure } from "../../../types/failure.ts";
import type { Mode, Op } from "../../values/op.ts";
import type { Branch } from "../../values/state.ts";
import type { Completed } from "../../walk/undo.ts";
import type { Fiber } from "../fiber.ts";
import { Scope } from "../scope.ts";
import type { Source } from "./source.ts";

/** A failure that counts against a group. */
export interface GroupFailure {
  readonly failure: AnyFailure;
  /** The arm's place among its siblings; -1 for a failure of the group itself. */
  readonly index: number;
  /** The port's tick at which it came; -1 for a failure of the group itself, which goes before all others. */
  readonly tick: number;
  readonly answers: boolean;
}

const none: readonly never[] = Object.freeze([]);

/** Most groups add nothing, and need no list of their own. */
function added<T>(list: readonly T[], item: T): readonly T[] {
  if (list === none) return [item];
  (list as T[]).push(item);
  return list;
}

/** Fibers that run together, and the scope that they are aborted by: none of them outlives it. */
export class Group {
  /** Undefined for the run itself. */
  declare readonly fiber: Fiber | undefined;
  declare readonly op: Op | undefined;
  declare readonly mode: Mode;
  declare readonly limit: number;
  #scope: Scope | undefined;

  /** Arms in the order in which they start; undefined for all of them. */
  declare readonly chosen: readonly number[] | undefined;
  declare readonly source: Source | undefined;
  /** How many arms have started, of how many. */
  started = 0;
  declare size: number;
  active = 0;
  /** It stands in the list of groups with arms to start. */
  pending = false;

  /** The state that its arms begin with. */
  declare readonly fork: Branch | undefined;
  readonly results: unknown[] = [];
  /** States of the arms that wrote some, by index. */
  branches: readonly { readonly index: number; readonly branch: Branch }[] = none;
  /** What went wrong; `failureOf` tells which of it comes first. */
  failures: readonly GroupFailure[] = none;
  winner = -1;
  aborting = false;
  /** It was aborted for a reason of its own, and not from around it. */
  decided = false;
  /** Steps of its arms that can be undone. */
  completed: readonly { readonly index: number; readonly completed: readonly Completed[] }[] = none;
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
    if (fiber !== undefined) this.fork = { values: fiber.state.values, written: undefined };
  }

  /** Made when somebody asks: most groups are neither listened to nor aborted. */
  get scope(): Scope {
    this.#scope ??= new Scope();
    return this.#scope;
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

  failed(failure: GroupFailure): void {
    this.failures = added(this.failures, failure);
  }

  wrote(index: number, branch: Branch): void {
    this.branches = added(this.branches, { index, branch });
  }

  did(index: number, completed: readonly Completed[]): void {
    this.completed = added(this.completed, { index, completed });
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

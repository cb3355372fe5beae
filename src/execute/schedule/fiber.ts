import type { AnyFailure } from "../../types/failure.ts";
import type { FailedAttempt } from "../../types/trace.ts";
import type { Call } from "../port/call.ts";
import type { Place } from "../trace/place.ts";
import type { Execution } from "../trace/trace.ts";
import type { Frame } from "../values/frame.ts";
import type { Op } from "../values/op.ts";
import type { Branch } from "../values/state.ts";
import type { Completed } from "../walk/undo.ts";
import type { Group } from "./groups/group.ts";
import type { Scheduler } from "./schedule.ts";

/** Hands out operations one after the other. */
export interface Operations {
  /** The next operation, told what the one before came to: a value, or a `Failed`. Undefined where there is none: then there is an `outcome`. */
  next(came: unknown): Op | undefined;
  readonly outcome: unknown;
}

/** Stands in the inbox while the operation in progress has come to nothing yet. */
export const pending: unique symbol = Symbol("pending");

/** A fiber has ended because what it belongs to was aborted. */
export const stopped: unique symbol = Symbol("stopped");

/** A sub-workflow that a fiber has entered, with what it returns to. */
export interface Activation {
  readonly parent: Activation | undefined;
  readonly op: Op;
  readonly returnTo: number;
  readonly frame: Frame;
  readonly last: unknown;
  readonly state: Branch;
}

/** One line of execution: an arm of a group, an item of a map, or the run itself. */
export class Fiber {
  declare readonly run: Scheduler;
  declare readonly group: Group;
  /** Which arm or item of its group it is. */
  declare index: number;
  declare base: Place;
  /** What it executes: operations in a row, or (without these) the one call `leaf`. */
  operations: Operations | undefined;
  leaf: Op | undefined;

  declare place: Place;
  declare frame: Frame;
  declare last: unknown;
  declare state: Branch;
  /** The failure that a handler is dealing with. */
  caught: AnyFailure | undefined;
  activation: Activation | undefined;

  /** The operation in progress, and what it waits for: at most one of these is set. */
  op: Op | undefined;
  call: Call | undefined;
  child: Group | undefined;
  stopTimer: (() => void) | undefined;
  waitsForPermit = false;
  /** It has steps undone, which no abort may cut short. */
  shielded = false;
  done = false;
  /** Steps that can be undone, in the order in which they completed here. */
  completed: Completed[] | undefined;

  attempt = 1;
  execution: Execution | undefined;
  retried: FailedAttempt[] | undefined;
  /** What the operation in progress came to: a value or a `Failed`. */
  inbox: unknown = pending;

  /** The arms that a selector chose, or the items of a map, for the group that begins next. */
  chosen: readonly number[] | undefined;
  items: unknown;

  previous: Fiber | undefined;
  next: Fiber | undefined;

  constructor(run: Scheduler, group: Group, index: number, place: Place, frame: Frame, last: unknown, state: Branch) {
    this.run = run;
    this.group = group;
    this.index = index;
    this.base = place;
    this.place = place;
    this.frame = frame;
    this.last = last;
    this.state = state;
  }

  /** Serves the next arm of its group, which is a single call too. */
  reuse(index: number, place: Place, leaf: Op, last: unknown, state: Branch): void {
    this.index = index;
    this.base = this.place = place;
    this.leaf = leaf;
    this.last = last;
    this.state = state;
    this.op = undefined;
  }
}

import type { Limits } from "../../plan/limits.ts";
import { noLimits } from "../../plan/limits.ts";
import type { Definition, Merge, Undo } from "../../plan/node.ts";
import type { Schema } from "../../types/schema.ts";
import type { ExecutionKind } from "../../types/trace.ts";
import type { Spending } from "../budget/spending.ts";
import type { Context } from "../port/context.ts";
import type { Routine } from "../routine/routine.ts";

/** What the interpreter does at an operation. */
export const CALL = 0;
export const TAKE = 1;
export const CATCH = 2;
/** All up to this one are calls of user code. */
export const LAST_CALL = CATCH;
export const BRANCH = 3;
export const ROUTE = 4;
export const LOOP = 5;
export const GROUP = 6;
export const SUB = 7;
export const ROUTINE = 8;
/** All from the first of these to here are composites: what follows one is inside it. */
export const LAST_COMPOSITE = ROUTINE;
export const UNTIL = 9;
export const LEAVE = 10;
export const JUMP = 11;
export const SLEEP = 12;
export const END = 13;
export const UNDO = 14;
export const WAIT = 15;

/** How a group's arms make its outcome. `once` is one arm under a time limit or a retry policy of its own. */
export type Mode = "all" | "settle" | "race" | "some" | "each" | "once";

/** Slots `from` (included) to `to` (excluded) of a program hold names that are visible together. */
export interface Visible {
  readonly before: Visible | undefined;
  readonly from: number;
  readonly to: number;
}

/** One arm of a group, or the body of a map. */
export interface Entry {
  readonly key: string;
  readonly segment: string;
  /** Where its operations begin; -1 where `leaf` is all there is. */
  readonly at: number;
  /** The single call that the arm consists of, so that it needs no interpreter. */
  readonly leaf: Op | undefined;
  readonly slot: number;
  /** The slots of its inner steps, to be forgotten when the arm loses a race. */
  readonly slots: readonly [from: number, to: number];
  /** A program of its own, where a routine made the arm on the way. */
  readonly body?: Program;
}

/**
 * One operation of a prepared plan. Every operation has this one shape, so that the engine's property reads stay
 * monomorphic; what a code does not use keeps its default.
 */
export class Op {
  declare readonly code: number;
  declare readonly id: string;
  declare readonly kind: ExecutionKind;
  /** The id as a piece of a path. */
  declare readonly segment: string;
  run: (context: Context) => unknown = unset;
  declare timeout: number | undefined;
  declare retry: Limits["retry"];
  /** Where the output is kept; -1 for nowhere. */
  slot = -1;
  /** `last` stays what it was. */
  passes = false;
  /** Its path is the place it stands in: a predicate, a loop's or a map's single call. */
  inPlace = false;
  /** It has no record and no events of its own. */
  quiet = false;
  /** The names that its context shows. */
  visible: Visible | undefined;
  /** How what the step did is undone, where the user said so. */
  undo: Undo | undefined;
  /** The handler that a failure here goes to: an index in the same program; -1 for none. */
  rescue = -1;
  /** The composite operation that it stands in, within one fiber. */
  owner: Op | undefined;
  /** Its predicate, selector or items, or the call that a composite begins with. */
  leaf: Op | undefined;
  /** Where a jump leads, or where a composite ends. */
  target = -1;
  entries: readonly Entry[] = noEntries;
  /** Arms to add when one has ended, where a group grows as it goes: from that one's key and outcome, as the group holds it. */
  grow: ((key: string, outcome: unknown) => readonly Entry[]) | undefined;
  /** Arms by key. */
  byKey: ReadonlyMap<string, number> | undefined;
  mode: Mode = "all";
  concurrency = Number.POSITIVE_INFINITY;
  max = 0;
  onLimit: "continue" | "fail" = "continue";
  /** Slots of a loop's body, cleared before each turn. */
  clears: readonly [from: number, to: number] | undefined;
  /** The plan that the operation was laid out for; undefined for what a routine makes on the way. */
  plan: Definition | undefined;
  /** The plan that a sub-workflow runs. */
  definition: Definition | undefined;
  body: Program | undefined;
  routine: Routine | undefined;
  duration: number | undefined;
  /** What an answer must fit. */
  schema: Schema | undefined;
  /** What a wait that a routine makes shows to whoever answers. */
  shown: unknown;
  /** What it takes of the run's budget, and what it reports of that: a model's calls do. */
  spends: Spending | undefined;
  /** The output of a group of several steps is rendered in sections for an agent. */
  sections = false;
  /** Builds what replaces keys of a sub-workflow's initial state. */
  fresh: Op | undefined;
  /** What a quiet call is to its step, for messages: `"until"`, the selector. */
  role = "";

  constructor(code: number, kind: ExecutionKind, id: string, segment: string, limits: Limits = noLimits) {
    this.code = code;
    this.kind = kind;
    this.id = id;
    this.segment = segment;
    this.timeout = limits.timeout;
    this.retry = limits.retry;
  }
}

const noEntries: readonly Entry[] = Object.freeze([]);

function unset(): never {
  throw new Error("Expected an operation that is called to have something to call");
}

/** No operation of this code should have come here. */
export function unexpected({ code }: Op): never {
  throw new Error(`Expected another operation, got one of code ${code}`);
}

/** A plan, or a map's body, ready to run: operations in one flat array, outputs in numbered slots. */
export interface Program {
  readonly ops: readonly Op[];
  /** The name of each slot. */
  readonly names: readonly string[];
  /** The slots of a run that has not begun. */
  readonly blank: readonly unknown[];
  /** The slots of a name: several where exclusive arms share it. */
  slotsOf(name: string): readonly number[];
  readonly merge: ReadonlyMap<string, Merge>;
  /** The initial state, frozen. */
  readonly state: object;
  readonly stateful: boolean;
  /** The plan that it was made from; a map's body shares its plan's. */
  readonly definition: Definition;
  /** What a map's body sees of the program around it. */
  readonly outer: Visible | undefined;
}

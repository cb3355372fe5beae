import { type Told as Failure, initialState, type Traced, type Undo } from "./description.ts";

/*
 * What the reference is made of. A line is one strand of execution (the run, an arm, an item): a generator that yields
 * whenever it has to wait. A group is lines that live and die together.
 */

export type Code<T = unknown> = Generator<() => void, T, unknown>;
/** `answers`: the failure came after an abort, from a leaf that was listening for it. */
export type Result = { readonly value: unknown } | { readonly failure: Failure; readonly answers?: boolean };
export type Execution = { -readonly [Key in keyof Traced]: Traced[Key] };
export interface State {
  readonly values: Readonly<Record<string, unknown>>;
  readonly written: ReadonlySet<string>;
}
export interface Line {
  readonly group: Group;
  readonly index: number;
  code: Code | undefined;
  state: State;
  readonly open: Set<Execution>;
  over: boolean;
  /** What can be undone of it. */
  readonly done: Done[];
  /** It has steps undone: no abort reaches it. */
  shielded?: boolean;
  /** What it waits for: at most one of these. */
  attempt?: Attempt | undefined;
  child?: Group | undefined;
  stopWaiting?: (() => void) | undefined;
}
/** A step that has completed and can be undone, in the context that it ran in. */
export interface Done {
  readonly named: Named;
  readonly undo: Undo;
  readonly output: unknown;
  readonly order: number;
  readonly env: Env;
  readonly last: unknown;
  readonly state: State;
}
/** What went wrong in undoing, and in which arm of its group; -1 where that is no matter. */
export interface UndoFailure {
  readonly arm: number;
  readonly failure: Failure;
}
export type Mode = "all" | "settle" | "race";
export type Begin = (line: Line) => Code;
export type Group = ReturnType<typeof newGroup>;
export const newGroup = (parent: Line | undefined, mode: Mode, arms: readonly Begin[], limit: number) => ({
  ...{
    parent,
    mode,
    arms,
    limit,
    started: 0,
    aborted: false,
    decided: false,
    undoing: false,
    winner: -1,
    disarm: () => {},
    disarmGrace: () => {},
    ended: () => {},
  },
  lines: new Set<Line>(),
  results: [] as unknown[],
  states: [] as State[],
  done: new Map<number, readonly Done[]>(),
  failures: [] as { readonly failure: Failure; readonly index: number; readonly tick: number; readonly answers: boolean }[],
});
/** A call of a leaf under way: what an abort and the end of its grace do to it. */
export interface Attempt {
  /** It has a time limit, and so a signal of its own beside that of its group. */
  readonly limited: boolean;
  /** When it began, among all attempts of the run. */
  readonly begun: number;
  readonly abort: () => void;
  readonly leave: () => void;
}
/** What surrounds a chain. `board` holds what its steps gave; `sees` says which of them the next step may read. */
export interface Env {
  readonly path: string;
  readonly board: Map<string, unknown>;
  readonly sees: readonly string[];
  readonly around: object;
  readonly merges: boolean;
  readonly iteration?: number;
  readonly index?: number;
  readonly failure?: Failure | undefined;
  /** Of an undo: what it is handed. */
  readonly undoes?: { readonly output: unknown };
}
/** What runs under a name and a path; without a `kind` (predicates, selectors) it leaves no record. */
export interface Named {
  readonly id: string;
  readonly path: string;
  readonly kind?: string;
  readonly publish?: (value: unknown) => void;
  readonly undo?: Undo | undefined;
}

/** How a call ends; "reason" is an echo of its signal's, "left" is none at all. */
export type How = "value" | "error" | "throw" | "reason" | "left";
export interface Bounds {
  readonly timeout?: number;
  readonly concurrency?: number;
}

export const fresh: State = { values: initialState, written: new Set() };
export const stopped = Symbol("stopped");
export const unlimited = Number.POSITIVE_INFINITY;
export class Failing extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.type);
    this.failure = failure;
  }
}
const passing = ["cancelled", "run_timed_out", "state_conflict"];
export const catchable = ({ type }: Failure) => !passing.includes(type);
export const told = (type: string, { id, path }: Named, attempts: number, cause?: unknown): Failure => ({
  type,
  step: id,
  path,
  attempts,
  cause,
  suppressed: [],
});

/** What a failed group fails with, and beside it what else went wrong. */
export function failureOf({ failures, mode }: Group): Failure | undefined {
  const uncaught = mode === "race" ? failures.findIndex(({ failure }) => !catchable(failure)) : -1;
  const [first] = failures.slice(Math.max(0, uncaught));
  const primary =
    failures.filter(({ tick, answers }) => tick === first?.tick && uncaught === -1 && !answers).sort((a, b) => a.index - b.index)[0] ??
    first;
  const others = failures.filter((found) => found !== primary).map(({ failure }) => failure);
  return primary && { ...primary.failure, suppressed: [...primary.failure.suppressed, ...others] };
}

import type { Limits } from "./limits.ts";
import type { Definition } from "./node.ts";

/** Anything that a step can run, as the executor sees it. */
export type Executable = FunctionExecutable | StepExecutable | PlanExecutable | RoutineExecutable;

/** A function of the context. */
export interface FunctionExecutable {
  readonly kind: "function";
  readonly run: (context: never) => unknown;
}

/** A reusable `step()` value: a function of its input alone. */
export interface StepExecutable {
  readonly kind: "step";
  readonly id: string;
  readonly run: (input: never, tools: never) => unknown;
  /** What bounds it wherever it runs, unless the step says otherwise. */
  readonly limits: Limits;
}

/** A plan used as a step of another. */
export interface PlanExecutable {
  readonly kind: "plan";
  readonly definition: Definition;
}

/**
 * Several operations in a row, as a generator. The plan only carries it: what it is handed, yields and is resumed with
 * belongs to the executor, which narrows it in `execute/routine/routine.ts`.
 */
export type Routine = (host: never, input: unknown) => Generator<unknown, unknown, unknown>;

/** Something that takes several operations to run: an agent's turns, a team. */
export interface RoutineExecutable {
  readonly kind: "agent" | "team";
  readonly name: string;
  /** For drawings and listings: what is worth knowing, as plain JSON. */
  readonly about: Readonly<Record<string, string | number | readonly string[]>>;
  /** What it is told to be, so that a team's leader knows whom to ask. */
  readonly instructions?: string | undefined;
  /** Whether a model that it asks first has its key or its address from the environment alone. */
  readonly needsEnvironment?: boolean;
  readonly begin: Routine;
}

/**
 * Where an executable value keeps what the executor needs. Registered, so that values made by a second copy of the
 * package (two versions in one tree) are recognised.
 */
const key = Symbol.for("heddle.executable");

export function executableOf(value: unknown): Executable | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as { readonly [key]?: Executable })[key];
}

/** Gives `value` its executable, unseen by loops and serialisers, and freezes it. */
export function makeExecutable<T extends object>(value: T, executable: Executable): Readonly<T> {
  Object.defineProperty(value, key, { value: Object.freeze(executable) });
  return Object.freeze(value);
}

import type { StepFailure } from "./failure.ts";

/**
 * What a step function receives.
 *
 * ```ts
 * .then("summary", ({ last, steps, signal }) => summarize(last, steps.research.web, { signal }))
 * ```
 */
export interface Context<out Input, out Last, out Steps, State> {
  /** What the run was called with, after its schema if it has one. */
  readonly input: Input;
  /** The output of the step before; the input in the first step. */
  readonly last: Last;
  /** Outputs of all steps that ran before, by name. */
  readonly steps: Steps;
  /** The run's state, frozen; change it with `set`. */
  readonly state: State;
  /** Replaces keys of the state. Counts if the attempt succeeds; throws once the attempt has settled. */
  readonly set: (patch: Partial<State>) => void;
  /** Aborted when the step should stop: cancelled, timed out, or a sibling failed. */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
  /** The same for every attempt, and after a resume: give it to services that would otherwise act twice. */
  readonly idempotencyKey: string;
  /** The id of the run. */
  readonly runId: string;
}

/** What contexts have besides in the body of a loop, and in its `until`. */
export interface Turn {
  /** The turn, counted from 1. */
  readonly iteration: number;
}

/** What contexts have besides in the body of a map, where `last` is the item. */
export interface Place {
  /** The item's place, counted from 0. */
  readonly index: number;
}

/** In the handler of a catch. */
export interface CatchContext<out Input, out Steps, State, out Error> extends Context<Input, unknown, Steps, State> {
  /** What went wrong, told apart by `type`. */
  readonly failure: StepFailure<Error>;
}

/** What a `step()` function receives beside its input. */
export interface StepTools {
  /** Aborted when the step should stop. */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
  /** The same for every attempt, and after a resume. */
  readonly idempotencyKey: string;
  /** The id of the run. */
  readonly runId: string;
}

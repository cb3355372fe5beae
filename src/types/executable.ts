import type { ResultAsync } from "neverthrow";
import type { AgentError, Message, Part } from "../model/model.ts";
import type { RunFailure } from "./failure.ts";
import type { RunOptions } from "./options.ts";
import type { Gives } from "./outputs.ts";
import type { Run } from "./run.ts";

/**
 * Anything but a function that can be a step: an agent, a team, a `step()` value, a plan.
 *
 * `In` is what it takes as the step after another (`last`), `Given` what an `input` option may build for it: the same for
 * steps and plans, but an agent takes any `last` and only a prompt by hand.
 *
 * All members here exist at compile time only.
 */
export interface Executable<in In, out R, in Given = In> {
  readonly "~run": (last: In) => R;
  readonly "~input": (given: Given) => void;
}

/** A function step that is typed by its input alone, made with `step(id, fn)`, to be used in any workflow. */
export interface Step<out Id extends string, in In, out Output, out Failure = never> extends Executable<In, Gives<Output, Failure>> {
  /** What it goes by where arms are an array. */
  readonly id: Id;
}

/** A prompt by hand: text, parts of one user message, or whole messages. */
export type PromptInput = string | readonly Part[] | readonly Message[];

/**
 * A model with instructions, tools and an output type, made with `agent({...})`. It takes whatever came last. `Failure` is
 * why it may not answer: what models do, and what its guardrails reject.
 */
export interface Agent<out Output, out Failure = AgentError> extends Executable<unknown, Gives<Output, Failure>, PromptInput> {
  /** For traces and drawings. */
  readonly name: string;
  /** Runs the agent alone, as a plan of one step. Text goes to the model as it is, anything else as JSON. Never throws. */
  // biome-ignore lint/complexity/noBannedTypes: an agent has no steps.
  run(input: unknown, options?: RunOptions): ResultAsync<Run<Output, {}>, RunFailure<Failure, {}>>;
}

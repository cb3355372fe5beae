import type { Result } from "neverthrow";
import { definitionAlone } from "../../agent/alone.ts";
import { executablePlan } from "../../execute/run/executable-plan.ts";
import type { Journal } from "../../journal/journal.ts";
import type { StepDescription } from "../../plan/describe.ts";
import { executableOf } from "../../plan/executable.ts";
import type { Definition } from "../../plan/node.ts";
import type { AnswerRefused, AnyFailure, OpenWait } from "../../types/failure.ts";
import type { RunOptions } from "../../types/options.ts";
import type { Run } from "../../types/run.ts";
import type { Schema } from "../../types/schema.ts";

/** How a run ended, as neverthrow tells it. */
export type Ended = Result<Run<unknown, object>, AnyFailure>;

/** Something exported that can be run: a plan, or an agent or a team, which run as plans of one step. */
export interface Runnable {
  readonly kind: "plan" | "agent" | "team";
  readonly name: string;
  /** What the input must fit; without one it is text. */
  readonly schema: Schema | undefined;
  /** What it consists of, for the layout of lines. */
  readonly steps: readonly StepDescription[];
  readonly definition: Definition;
  run(input: unknown, options: RunOptions): PromiseLike<Ended>;
  /** The same, but it stays for answers. */
  start(input: unknown, options: RunOptions): Started;
  /** Answers a wait of a run that a journal keeps. */
  answer(runId: string, step: string, answer: unknown, options: AnswerOptions): PromiseLike<Result<void, AnswerRefused>>;
}

export interface AnswerOptions {
  readonly journal: Journal;
  readonly path?: string;
}

/** A run that goes on, as plans hand it out. */
export interface Started {
  readonly result: PromiseLike<Ended>;
  readonly waits: readonly OpenWait[];
  answer(step: string, answer: unknown, options: { readonly path: string }): PromiseLike<Result<void, AnswerRefused>>;
  cancel(reason: unknown): void;
}

/** What plans, agents and teams have in common, of this copy of the package or of another. */
interface Exported {
  readonly name: string;
  run(input: unknown, options: RunOptions): PromiseLike<Ended>;
  /** Plans have it; an agent or a team is started as a plan of one step. */
  start?(input: unknown, options: RunOptions): Started;
  answer?: Runnable["answer"];
  describe?(): { readonly steps: readonly StepDescription[] };
}

export function runnableOf(value: unknown): Runnable | undefined {
  const executable = executableOf(value);
  if (executable === undefined || executable.kind === "function" || executable.kind === "step") return undefined;
  const { kind } = executable;
  const exported = value as Exported;
  const definition = executable.kind === "plan" ? executable.definition : definitionAlone(executable);
  const plan = (executable.kind === "plan" ? exported : executablePlan(definition)) as Required<Exported>;
  const alone: StepDescription = { id: exported.name, kind: "step", runs: kind };
  return {
    kind,
    name: exported.name,
    schema: definition.input,
    steps: kind === "plan" ? (exported.describe?.().steps ?? []) : [alone],
    definition,
    run: (input, options) => exported.run(input, options),
    start: (input, options) => plan.start(input, options),
    answer: (runId, step, answer, options) => plan.answer(runId, step, answer, options),
  };
}

/** A workflow that still lacks `.build()`; told by its shape, since it may come from another copy of the package. */
export function isBuilder(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { build, parallel } = value as Readonly<Record<string, unknown>>;
  return typeof build === "function" && typeof parallel === "function";
}

import type { ResultAsync } from "neverthrow";
import type { Journal } from "../journal/journal.ts";
import type { AnswerRefused, AnswerTo, CancelRecorded, CancelRefused, RunFailure, WaitsIn } from "../types/failure.ts";
import type { RunOptions } from "../types/options.ts";
import type { GivesSteps } from "../types/outputs.ts";
import type { StepEntry } from "../types/pages.ts";
import type { Run, RunHandle, WaitId } from "../types/run.ts";
import type { PlanDescription } from "./describe.ts";
import type { Node } from "./node.ts";

/** The listed steps by name. */
export type StepsOf<Entries extends StepEntry> = [Entries] extends [StepEntry]
  ? { readonly [Entry in Entries as Entry["k"]]: Entry["v"] }
  : never;

/** Any plan, whatever it takes and gives: for code that lists, draws or describes plans. */
export interface AnyPlan {
  /** What it goes by in traces, drawings and journals. */
  readonly name: string;
  /** The steps as data, each with a literal `kind`. */
  readonly root: readonly Node[];
  /** Names, kinds, nesting and order as a short hash. */
  readonly fingerprint: string;
  /** The plan as a Mermaid flowchart. */
  toMermaid(): string;
  /** The plan as plain JSON. */
  describe(): PlanDescription;
  /** At compile time only. */
  readonly "~run": (last: never) => unknown;
}

/**
 * A workflow that is finished: frozen, not a promise, and itself a step of other workflows (`.use(plan)`,
 * `.then("id", plan)`). What `.build()` gives.
 *
 * ```ts
 * const result = await article.run("The state of AI agents in 2026");
 * ```
 */
// biome-ignore lint/complexity/noBannedTypes: a workflow without a state.
export interface Plan<out Name extends string, in Input, out Output, in out Entries extends StepEntry, in out Error, in State = {}> {
  /** What it goes by in traces, drawings and journals. */
  readonly name: Name;
  /** The steps as data, each with a literal `kind`. */
  readonly root: readonly Node[];
  /** Names, kinds, nesting and order as a short hash; equal for equal structure in any process. */
  readonly fingerprint: string;

  /** Runs it to its end. Never rejects: failures are values, told apart by `type`. Throws a `BuildError` only for options that are wrong. */
  run(
    input: Input,
    options?: RunOptions<State, StepsOf<Entries>>,
  ): ResultAsync<Run<Output, StepsOf<Entries>>, RunFailure<Error, StepsOf<Entries>>>;
  /** Runs it and hands out its events as they happen. */
  start(input: Input, options?: RunOptions<State, StepsOf<Entries>>): RunHandle<Output, StepsOf<Entries>, Error>;
  /**
   * Goes on with a run that a journal has: one whose process died, or that waited. One that is over gives what it gave.
   * Nothing that is recorded is done again.
   */
  resume(
    runId: string,
    options: RunOptions<State, StepsOf<Entries>> & { readonly journal: Journal },
  ): ResultAsync<Run<Output, StepsOf<Entries>>, RunFailure<Error, StepsOf<Entries>>>;
  /**
   * Does a run anew from a step on, as a run of its own; the one before stays as it is, wherever that may be. What was done
   * before `from` (a step of the outermost chain) is taken over with its outputs and its state and is not done again, no
   * model call of it is paid again, and it is undone should the new run fail. The rest runs under the new run's id, and so
   * with idempotency keys of its own. With a `runId` that is there already from the same rerun, it goes on with that.
   *
   * `plan_changed` where what would be taken over is not in this plan as it was; `run_not_found` where there is no such run,
   * or it has not come to `from`, or it has undone what comes before. Steps taken over keep their durations, which count in
   * the run's; a `timeout` counts from here on.
   *
   * ```ts
   * const again = await article.rerun(runId, { from: "review", journal });
   * ```
   */
  rerun(
    runId: string,
    options: Omit<RunOptions<State, StepsOf<Entries>>, "state"> & {
      // Inner steps pass here, and are refused by a `BuildError`: a plan's type lists them beside the outermost ones.
      readonly from: keyof StepsOf<Entries> & string;
      readonly journal: Journal;
    },
  ): ResultAsync<Run<Output, StepsOf<Entries>>, RunFailure<Error, StepsOf<Entries>>>;
  /**
   * Records the answer to a wait of a run that is suspended, or that another process goes on with, by the id of the step or
   * the name of the tool. It is checked against the wait's schema, and the first answer counts; the run goes on with it where
   * it is, or when it is resumed. Without `path` it is for the wait that began first of those that are open and have no
   * answer yet; to a `waitFor` step it may come before any has begun.
   *
   * ```ts
   * await plan.answer("order-7", "delete_file", { approved: true }, { journal, path: "clean/turn#1/delete_file[0]/approval" });
   * ```
   */
  answer<const Id extends WaitsIn<Error>["step"]>(
    runId: string,
    step: WaitId<Id, Error>,
    answer: AnswerTo<Id, Error>,
    // The shared acceptance cases write 0 for a journal; no run-time accepts it.
    options: { readonly journal: Journal | 0; readonly path?: string },
  ): ResultAsync<void, AnswerRefused>;
  /**
   * Records that a run is to be cancelled, wherever it is: its owner ends it as `cancelled` as soon as it hears of it, with
   * `reason`, and undoes what has an `undo`. One that nobody works at, such as a suspended one, ends so when it is taken up
   * next, by a worker or by `resume`. Cancelling twice harms nothing: `cancelled_before` says that the first reason counts.
   * A run that is over stays as it is: refused as `over`.
   *
   * ```ts
   * const cancelled = await article.cancel(runId, { journal, reason: "a newer draft is there" });
   * ```
   */
  cancel(runId: string, options: { readonly journal: Journal; readonly reason?: unknown }): ResultAsync<CancelRecorded, CancelRefused>;
  /** The plan as a Mermaid flowchart. */
  toMermaid(): string;
  /** The plan as plain JSON. */
  describe(): PlanDescription;

  /** At compile time only: makes a plan a step of others. */
  readonly "~run": (last: Input) => GivesSteps<Output, Error, StepsOf<Entries>>;
  /** At compile time only. */
  readonly "~input": (given: Input) => void;
  /** At compile time only. */
  readonly "~state": (state: State) => void;
}

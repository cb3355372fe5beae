import type { ResultAsync } from "neverthrow";
import type { RunEvent } from "./event.ts";
import type { AnswerRefused, AnswerTo, OpenWait, RunFailure, WaitsIn } from "./failure.ts";
import type { Invalid } from "./names.ts";
import type { TraceRecord } from "./trace.ts";
import type { Usage } from "./usage.ts";

/** A run that succeeded. */
export interface Run<out Output, out Steps> {
  /** What the run goes by: the option `runId`, or a new id. */
  readonly id: string;
  /** What the last step gave. */
  readonly output: Output;
  /** The output of every step, by name. */
  readonly steps: Steps;
  /** One record per execution, in the order in which they started. */
  readonly trace: readonly TraceRecord[];
  /** The sum over all model calls. */
  readonly usage: Usage;
  /** How long it took, in ms. */
  readonly durationMs: number;
  /** The last execution of a step; `undefined` if it was never reached. */
  record(id: keyof Steps & string): TraceRecord | undefined;
  /** All executions of a step: in a loop one per turn. */
  records(id: keyof Steps & string): readonly TraceRecord[];
}

/** The id of a wait, where a plan has any. Text still, so that a caller who knows of a wait that the types do not can say so with a cast. */
export type WaitId<Id extends string, E> = [WaitsIn<E>] extends [never]
  ? string & Invalid<"this plan waits for no answer: it has no waitFor, and no tool that needs approval">
  : Id;

/** A run that goes on, from `plan.start(input)`. */
export interface RunHandle<out Output, out Steps, out Error> {
  /** What the run goes by: the option `runId`, or a new id. */
  readonly id: string;
  /** What happens, as it happens, from the start. A slow reader misses no lifecycle event; leaving early is fine. */
  readonly events: AsyncIterable<RunEvent>;
  /** How the run ends. Never rejects. */
  readonly result: ResultAsync<Run<Output, Steps>, RunFailure<Error, Steps>>;
  /** The waits that are open now. */
  readonly waits: readonly OpenWait[];
  /**
   * Answers a wait, by the id of the step or the name of the tool: the first answer counts. To a `waitFor` step it may come
   * before the wait has begun. What does not fit the wait's schema is refused, and the wait stays. Where a step waits more
   * than once at a time, as in a map, `path` says which is meant.
   */
  answer<const Id extends WaitsIn<Error>["step"]>(
    step: WaitId<Id, Error>,
    answer: AnswerTo<Id, Error>,
    options?: { readonly path?: string },
  ): ResultAsync<void, AnswerRefused>;
  /** Ends the run as `cancelled`, with this reason. Does nothing once it has ended. */
  cancel(reason?: unknown): void;
}

import type { Fresh, Invalid } from "../types/names.ts";
import type { CallOptions, StepOptions } from "../types/options.ts";
import type { ErrorOf, OutputOf, Published } from "../types/outputs.ts";
import type { Schema } from "../types/schema.ts";
import type { AnyBuilder, ContextOf, FailureOf, LastOf, Next, Passed, TakenBy } from "../types/scope.ts";
import type { CheckedOutput, CheckedPublished, NameOf, OwnOptions, StateIn, SubWorkflow, UseOptions } from "../types/step-options.ts";
import type { AnyFitting, Fitting, Given, StepValue, Unbuilt, Usable } from "../types/verdicts.ts";

/** Steps one after another. Part of a `Workflow`. */
export interface Sequence {
  /**
   * One step: a function of the context, an agent, a team, a `step()` value or a plan. A plan's own steps stay readable
   * under `steps[id].steps`.
   *
   * ```ts
   * .then("draft", writer)
   * .then("words", ({ last }) => last.split(" ").length, { timeout: 1_000 })
   * .then("polish", writer, { input: ({ steps }) => `Polish: ${steps.draft}`, retries: 2 })
   * .then("charge", async ({ steps }) => charge(steps.order), { undo: (receipt) => refund(receipt) })
   * ```
   *
   * Fails as `step_failed` or `step_timed_out`.
   */
  then<const Id extends string, E extends StepValue, R = Given<E>, B extends AnyBuilder = never>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    exec: Fitting<E, LastOf<B>> | ((ctx: ContextOf<B>) => R),
  ): Next<B, OutputOf<R>, { readonly [Name in Id]: Published<R> }, FailureOf<B> | ErrorOf<R>>;
  /**
   * One step, with options: `timeout` (ms, per attempt), `retries` (more attempts, or a policy; none unless told), `undo`,
   * `input` (for an agent its prompt), `output` (a schema for what a function gives), `state` (for a sub-workflow).
   */
  then<const Id extends string, E extends StepValue, R = Given<E>, Validator extends Schema = never, B extends AnyBuilder = never>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    exec: AnyFitting<E> | ((ctx: ContextOf<B>) => R),
    options: CallOptions<CheckedOutput<R, Validator>, ContextOf<B>> & OwnOptions<E, LastOf<B>, ContextOf<B>, Validator>,
  ): Next<B, CheckedOutput<R, Validator>, { readonly [Name in Id]: CheckedPublished<R, Validator> }, FailureOf<B> | ErrorOf<R>>;
  /** A step needs its id, and a workflow is not a promise: this is what `await` would have to call. */
  then(id: Invalid<"a step's id comes first: .then(id, step). A workflow is no promise: .build() it, and .run() the plan">): never;

  /**
   * A step for its effect only: `last` passes through, and it publishes nothing. If it fails, so does the run.
   *
   * ```ts
   * .tap("log", ({ last }) => console.log(last))
   * ```
   */
  tap<const Id extends string, R, B extends AnyBuilder>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    run: (ctx: ContextOf<B>) => R,
    options?: StepOptions,
  ): Passed<B, FailureOf<B> | ErrorOf<R>>;

  /**
   * A sub-workflow under its own name. It publishes `{ output, steps }`, and starts from its own initial state, of which
   * `state` replaces keys.
   *
   * ```ts
   * .use(enrich).then("size", ({ steps }) => steps.enrich.steps.fetch.body.length)
   * ```
   */
  use<P extends SubWorkflow | Unbuilt, B extends AnyBuilder>(
    this: B,
    plan: Usable<P, LastOf<B>, TakenBy<B>>,
    options?: UseOptions<StateIn<P>, ContextOf<B>>,
  ): Next<B, OutputOf<Given<P>>, { readonly [Name in NameOf<P>]: Published<Given<P>> }, FailureOf<B> | ErrorOf<Given<P>>>;
}

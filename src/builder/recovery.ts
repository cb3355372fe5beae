import type { CatchContext } from "../types/context.ts";
import type { WaitsIn } from "../types/failure.ts";
import type { Fresh } from "../types/names.ts";
import type { CatchOptions } from "../types/options.ts";
import type { ErrorOf, OutputOf } from "../types/outputs.ts";
import type { AnyBuilder, DoubtedBy, ExtraOf, FailureOf, InputOf, LastOf, Rescued, StateOf, TakenBy } from "../types/scope.ts";

/** What happens after a failure. Part of a `Workflow`. */
export interface Recovery {
  /**
   * Handles a failure of any step before it in this chain, as a promise's `catch` does: the handler's output takes the
   * place of `last`, and without a failure it is skipped. From here on, those steps may not have run. Completed steps stay
   * done, unless `undo: true`. Cancellation, the run's time limit, budgets and state conflicts pass through.
   *
   * ```ts
   * .catch("fallback", ({ failure }) => `Sorry: ${failure.message}`)
   * ```
   */
  catch<const Id extends string, R, B extends AnyBuilder>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    handler: (ctx: CatchContext<InputOf<B>, DoubtedBy<B>, StateOf<B>, FailureOf<B>> & ExtraOf<B>) => R,
    options?: CatchOptions,
  ): Rescued<B, LastOf<B> | OutputOf<R>, { readonly [Name in Id]: OutputOf<R> | undefined }, ErrorOf<R> | WaitsIn<FailureOf<B>>>;
}

import type {
  AnyOutput,
  ArmSteps,
  Arms,
  ByName,
  ClashTogether,
  ErrorsOf,
  MaybeArmSteps,
  OutputsOf,
  ParallelArms,
  SettledOutputs,
  SettledSteps,
} from "../types/arms.ts";
import type { WaitsIn } from "../types/failure.ts";
import type { FreshGroup } from "../types/names.ts";
import type { GroupOptions } from "../types/options.ts";
import type { AnyBuilder, ContextOf, FailureOf, Inside, LastOf, Next, TakenBy } from "../types/scope.ts";
import type { FittingArms, FittingParallel } from "../types/verdicts.ts";

/** Arms that run at once. Part of a `Workflow`. */
export interface Groups {
  /**
   * All arms at once. Its output is a record by arm; the arms, and the steps of nested chains in them, can be read by
   * name afterwards. The first failure aborts the other arms and fails the step.
   *
   * ```ts
   * .parallel("research", {
   *   web,
   *   papers: { do: papers, timeout: 30_000 },
   *   notes: ({ input }) => readNotes(input),
   *   facts: { flow: (b) => b.then("claims", extractor).then("checked", checker) },
   * })
   * ```
   *
   * Also an array of `step()` values, which go by their ids, and `(b) => ({ facts: b.then(...) })`.
   */
  parallel<const Id extends string, A extends ParallelArms<ContextOf<B>, Inside<B>>, B extends AnyBuilder>(
    this: B,
    id: FreshGroup<Id, ClashTogether<Id, ByName<A>, TakenBy<B>>, TakenBy<B>>,
    arms: A & FittingParallel<A, LastOf<B>>,
    options?: GroupOptions,
  ): Next<
    B,
    OutputsOf<ByName<A>>,
    { readonly [Name in Id]: OutputsOf<ByName<A>> } & ArmSteps<ByName<A>>,
    FailureOf<B> | ErrorsOf<ByName<A>>
  >;

  /**
   * All arms at once, and every outcome kept: `{ ok: true, value }` or `{ ok: false, error }`, by arm. No arm aborts
   * another, and no failure that a `catch` would see leaves the step.
   *
   * ```ts
   * .settle("sources", { web, papers }).then("found", ({ last }) => (last.web.ok ? last.web.value : "nothing"))
   * ```
   */
  settle<const Id extends string, A extends Arms<ContextOf<B>, Inside<B>>, B extends AnyBuilder>(
    this: B,
    id: FreshGroup<Id, ClashTogether<Id, A, TakenBy<B>>, TakenBy<B>>,
    arms: A & FittingArms<A, LastOf<B>>,
    options?: GroupOptions,
  ): Next<B, SettledOutputs<A>, { readonly [Name in Id]: SettledOutputs<A> } & SettledSteps<A>, FailureOf<B> | WaitsIn<ErrorsOf<A>>>;

  /**
   * All arms at once; the first success is the output, and aborts the others. It fails when all have failed.
   *
   * ```ts
   * .race("answer", { fast: small, good: large })
   * ```
   */
  race<const Id extends string, A extends Arms<ContextOf<B>, Inside<B>>, B extends AnyBuilder>(
    this: B,
    id: FreshGroup<Id, ClashTogether<Id, A, TakenBy<B>>, TakenBy<B>>,
    arms: A & FittingArms<A, LastOf<B>>,
    options?: GroupOptions,
  ): Next<B, AnyOutput<A>, { readonly [Name in Id]: AnyOutput<A> } & MaybeArmSteps<A>, FailureOf<B> | ErrorsOf<A>>;
}

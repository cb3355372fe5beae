import type { Narrowed, Rest, Variant } from "../types/arguments.ts";
import type { Arm, ClashAmong, ClashApart, EitherOutput, ErrorsOf, MaybeInnerSteps, RoutedOutput, SomeOutputs } from "../types/arms.ts";
import type { Context } from "../types/context.ts";
import type { FreshGroup } from "../types/names.ts";
import type { GroupOptions, StepOptions } from "../types/options.ts";
import type {
  AnyBuilder,
  ContextOf,
  ExtraOf,
  FailureOf,
  InputOf,
  Inside,
  InsideWith,
  LastOf,
  Next,
  ShownTo,
  StateOf,
  TakenBy,
} from "../types/scope.ts";
import type { EachHandled, FittingArm, FittingArms, FittingBranch, FittingRoutes, Misfit } from "../types/verdicts.ts";

/** The arms of a branch, under the names `yes` and `no`. As an interface, it is what a message prints, and not all that arms may be. */
export interface YesAndNo<B extends AnyBuilder, When> {
  readonly yes?:
    | Misfit
    | Arm<Context<InputOf<B>, Narrowed<When, LastOf<B>>, ShownTo<B>, StateOf<B>> & ExtraOf<B>, InsideWith<B, Narrowed<When, LastOf<B>>>>;
  readonly no?:
    | Misfit
    | Arm<Context<InputOf<B>, Rest<When, LastOf<B>>, ShownTo<B>, StateOf<B>> & ExtraOf<B>, InsideWith<B, Rest<When, LastOf<B>>>>;
  readonly [other: string]: unknown;
}

/** Arms of which some are taken. Part of a `Workflow`. */
export interface Choices {
  /**
   * One arm or the other. A condition that is a type guard narrows `last` in both arms; without `no`, `last` passes
   * through where the condition does not hold. The options are the condition's.
   *
   * ```ts
   * .branch("gate", (review) => review.verdict === "pass", {
   *   yes: ({ steps }) => steps.draft,
   *   no: { flow: (b) => b.then("rewrite", writer) },
   * })
   * ```
   */
  branch<
    const Id extends string,
    When extends (last: LastOf<B>, ctx: ContextOf<B>) => boolean | PromiseLike<boolean>,
    A extends YesAndNo<B, When>,
    B extends AnyBuilder,
  >(
    this: B,
    id: FreshGroup<Id, ClashApart<Id, A>, TakenBy<B>>,
    when: When,
    arms: A & FittingBranch<A, Narrowed<When, LastOf<B>>, Rest<When, LastOf<B>>>,
    options?: StepOptions,
  ): Next<
    B,
    EitherOutput<A, Rest<When, LastOf<B>>>,
    { readonly [Name in Id]: EitherOutput<A, Rest<When, LastOf<B>>> } & MaybeInnerSteps<A>,
    FailureOf<B> | ErrorsOf<A>
  >;

  /**
   * One arm, by key. There must be an arm for every key that `select` can give, and no other. The output says which arm it
   * was: `{ route, output }`. A key without an arm, which only a cast can give, fails as `no_route`. The options are the
   * selector's.
   *
   * ```ts
   * .route("desk", ({ last }) => (last.amount > 1_000 ? "manager" : "clerk"), { manager, clerk })
   * ```
   */
  route<
    const Id extends string,
    A extends { readonly [Name in Key]?: Misfit | Arm<ContextOf<B>, Inside<B>> },
    const Key extends string = never,
    B extends AnyBuilder = never,
  >(
    this: B,
    id: FreshGroup<Id, ClashApart<Id, A>, TakenBy<B>>,
    select: (ctx: ContextOf<B>) => Key | PromiseLike<Key>,
    arms: A & FittingRoutes<A, Key, FittingArms<A, LastOf<B>>>,
    options?: StepOptions,
  ): Next<B, RoutedOutput<A>, { readonly [Name in Id]: RoutedOutput<A> } & MaybeInnerSteps<A>, FailureOf<B> | ErrorsOf<A>>;

  /**
   * Several arms by key, at once, as in `parallel`. The output has the arms that were chosen.
   *
   * ```ts
   * .routeAll("reviews", ({ last }) => (last.contract ? ["legal", "tech"] : ["tech"]), { legal, tech })
   * ```
   */
  routeAll<
    const Id extends string,
    A extends { readonly [Name in Key]?: Misfit | Arm<ContextOf<B>, Inside<B>> },
    const Key extends string = never,
    B extends AnyBuilder = never,
  >(
    this: B,
    id: FreshGroup<Id, ClashAmong<Id, A>, TakenBy<B>>,
    select: (ctx: ContextOf<B>) => readonly Key[] | PromiseLike<readonly Key[]>,
    arms: A & FittingRoutes<A, Key, FittingArms<A, LastOf<B>>>,
    options?: GroupOptions & StepOptions,
  ): Next<B, SomeOutputs<A>, { readonly [Name in Id]: SomeOutputs<A> } & MaybeInnerSteps<A>, FailureOf<B> | ErrorsOf<A>>;

  /**
   * One arm, by a property of `last` that tells a union apart; `last` is narrowed in each arm.
   *
   * ```ts
   * .routeBy("handle", "kind", { text: ({ last }) => last.text, image: describer })
   * ```
   */
  routeBy<
    const Id extends string,
    const Key extends keyof LastOf<B>,
    A extends {
      readonly [Name in LastOf<B>[Key] & string]?:
        | Misfit
        | Arm<
            Context<InputOf<B>, Variant<LastOf<B>, Key, Name>, ShownTo<B>, StateOf<B>> & ExtraOf<B>,
            InsideWith<B, Variant<LastOf<B>, Key, Name>>
          >;
    },
    B extends AnyBuilder,
  >(
    this: B,
    id: FreshGroup<Id, ClashApart<Id, A>, TakenBy<B>>,
    discriminant: Key & EachHandled<A, Extract<LastOf<B>[Key], string>>,
    arms: A & FittingRoutes<A, LastOf<B>[Key] & string, { readonly [Name in keyof A]: FittingArm<A[Name], Variant<LastOf<B>, Key, Name>> }>,
  ): Next<B, RoutedOutput<A>, { readonly [Name in Id]: RoutedOutput<A> } & MaybeInnerSteps<A>, FailureOf<B> | ErrorsOf<A>>;
}

import type { Plan } from "../plan/plan.ts";
import type {
  AnyOutput,
  Arm,
  ArmSteps,
  Arms,
  Body,
  ById,
  ClashAmong,
  ClashApart,
  ClashTogether,
  ErrorsOf,
  MaybeArmSteps,
  MaybeInnerSteps,
  OutputsOf,
  ResultOf,
  RoutedOutput,
  SettledOutputs,
  SettledSteps,
  SomeOutputs,
} from "../types/arms.ts";
import type { EitherOutput, Feeds, Narrowed, Rest, Variant } from "../types/arguments.ts";
import type { CatchContext, Context, ItemContext, LoopContext } from "../types/context.ts";
import type { Step } from "../types/executable.ts";
import type { AnyLedger, Begun, Empty, EntriesOf, Grown, Around, Doubted, RecordOf, Shown, Unwritten } from "../types/ledger.ts";
import type { LoopLimit, Suspended, WaitsIn } from "../types/failure.ts";
import type { Fresh, FreshGroup, Steps } from "../types/names.ts";
import type { CatchOptions, GroupOptions, StepOptions } from "../types/options.ts";
import type { ErrorOf, InnerOf, OutputOf, Packed, Published } from "../types/outputs.ts";
import type { InputOf as SchemaInput, ParsedBy, Schema } from "../types/schema.ts";
import type {
  AnyBuilder,
  ContextOf,
  FailureOf,
  InputOf,
  InsideOf,
  LastOf,
  OwnOf,
  AnyScope,
  Scope,
  ScopeOf,
  StateOf,
  TakenBy,
  Undeclared,
  ShownTo,
} from "../types/scope.ts";
import type { CheckedOutput, CheckedPublished, NameOf, OptionsFor, StateIn, SubState, SubWorkflow } from "../types/step-options.ts";
import type { Built, Fitting, Given, Routes, Takes, Unbuilt, Usable } from "../types/verdicts.ts";

/** Why a workflow cannot be awaited: the parameter that `await` would have to fill. */
export interface NotAPromise {
  readonly "a workflow is not a promise: call .build() and then .run(input)": never;
}

/** A workflow that can be built, and no more steps added. */
export interface Finished<in out Input, out Last, in out Own extends AnyLedger, in out Error, in out S extends AnyScope> {
  readonly name: S["name"];
  build(): Plan<
    S["name"],
    Parameters<S["accepted"]>[0],
    Last,
    EntriesOf<Own>,
    Error,
    S["state"]
  >;
  then(notAPromise: NotAPromise): never;
}

export interface Workflow<in out Input, out Last, in out Own extends AnyLedger, in out Error, in out S extends AnyScope> {
  readonly name: S["name"];

  /** At compile time only: what the chain knows at this point. */
  readonly "~t": {
    readonly input: Input;
    readonly last: Last;
    readonly steps: Own;
    readonly error: Error;
    readonly scope: S;
    readonly taken: Own["names"] | S["outer"]["names"];
    readonly shown: Shown<Own, S["outer"]>;
    readonly context: Context<Input, Last, Shown<Own, S["outer"]>, S["state"]>;
    readonly inside: Scope<S["name"], S["state"], Around<Own, S["outer"]>, unknown, "flow">;
  };
  /** At compile time only: lets a nested chain stand for an arm. */
  readonly "~flow": Packed<Last, Error, RecordOf<Own>, S["kind"]>;

  input<T = never, Validator extends Schema<any, any> = Schema<T>>(
    this: Undeclared<"input", Own, S["undeclared"]>,
    schema?: Validator,
  ): Workflow<
    ParsedBy<Validator>,
    ParsedBy<Validator>,
    Unwritten,
    never,
    Scope<S["name"], S["state"], Empty, SchemaInput<Validator>, "draft", Exclude<S["undeclared"], "input">>
  >;

  state<State extends object>(
    this: Undeclared<"state", Own, S["undeclared"]>,
    initial: State,
    options?: { readonly merge?: { readonly [Key in keyof State]?: (joined: State[Key], arm: State[Key], base: State[Key]) => State[Key] } },
  ): Workflow<Input, Last, Unwritten, never, Scope<S["name"], State, Empty, Parameters<S["accepted"]>[0], "draft", Exclude<S["undeclared"], "state">>>;

  output<B extends AnyBuilder, Validator extends Schema<LastOf<B>, any>>(
    this: B,
    schema: Validator,
  ): Finished<InputOf<B>, ParsedBy<Validator>, OwnOf<B>, FailureOf<B>, ScopeOf<B>>;

  then<B extends AnyBuilder, const Id extends string, E extends Takes<never> | Unbuilt, R = Given<E>>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    exec: Fitting<E, LastOf<B>> | ((ctx: ContextOf<B>) => R),
  ): Workflow<
    InputOf<B>,
    OutputOf<R>,
    Grown<OwnOf<B>, { readonly [Name in Id]: Published<R> }>,
    FailureOf<B> | ErrorOf<R>,
    ScopeOf<B>
  >;
  then<B extends AnyBuilder, const Id extends string, E extends Takes<never> | Unbuilt, R = Given<E>, Validator extends Schema<any, any> = never>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    exec: Built<E> | ((ctx: ContextOf<B>) => R),
    options: OptionsFor<E, R, LastOf<B>, ContextOf<B>, Validator>,
  ): Workflow<
    InputOf<B>,
    CheckedOutput<R, Validator>,
    Grown<OwnOf<B>, { readonly [Name in Id]: CheckedPublished<R, Validator> }>,
    FailureOf<B> | ErrorOf<R>,
    ScopeOf<B>
  >;
  then(notAPromise: NotAPromise): never;

  tap<B extends AnyBuilder, const Id extends string, R>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    run: (ctx: ContextOf<B>) => R,
    options?: StepOptions,
  ): Workflow<InputOf<B>, LastOf<B>, Begun<OwnOf<B>>, FailureOf<B> | ErrorOf<R>, ScopeOf<B>>;

  parallel<
    B extends AnyBuilder,
    const Id extends string,
    A extends
      | Arms<ContextOf<B>, LastOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>>
      | readonly Step<string, LastOf<B>, unknown, unknown>[],
  >(
    this: B,
    id: FreshGroup<Id, ClashTogether<Id, ById<A>, TakenBy<B>>, TakenBy<B>>,
    arms: A | ((builder: Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>) => A),
    options?: GroupOptions,
  ): Workflow<
    InputOf<B>,
    OutputsOf<ById<A>>,
    Grown<OwnOf<B>, { readonly [Name in Id]: OutputsOf<ById<A>> } & ArmSteps<ById<A>>>,
    FailureOf<B> | ErrorsOf<ById<A>>,
    ScopeOf<B>
  >;

  settle<
    B extends AnyBuilder,
    const Id extends string,
    A extends Arms<ContextOf<B>, LastOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>>,
  >(
    this: B,
    id: FreshGroup<Id, ClashTogether<Id, A, TakenBy<B>>, TakenBy<B>>,
    arms: A,
    options?: GroupOptions,
  ): Workflow<
    InputOf<B>,
    SettledOutputs<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: SettledOutputs<A> } & SettledSteps<A>>,
    FailureOf<B> | WaitsIn<ErrorsOf<A>>,
    ScopeOf<B>
  >;

  race<
    B extends AnyBuilder,
    const Id extends string,
    A extends Arms<ContextOf<B>, LastOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>>,
  >(
    this: B,
    id: FreshGroup<Id, ClashTogether<Id, A, TakenBy<B>>, TakenBy<B>>,
    arms: A,
    options?: GroupOptions,
  ): Workflow<
    InputOf<B>,
    AnyOutput<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: AnyOutput<A> } & MaybeArmSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
  >;

  branch<
    B extends AnyBuilder,
    const Id extends string,
    When extends (last: LastOf<B>, ctx: ContextOf<B>) => boolean | PromiseLike<boolean>,
    A extends {
      readonly yes: Arm<
        Context<InputOf<B>, Narrowed<When, LastOf<B>>, ShownTo<B>, StateOf<B>>,
        Narrowed<When, LastOf<B>>,
        Workflow<InputOf<B>, Narrowed<When, LastOf<B>>, Empty, never, InsideOf<B>>
      >;
      readonly no?: Arm<
        Context<InputOf<B>, Rest<When, LastOf<B>>, ShownTo<B>, StateOf<B>>,
        Rest<When, LastOf<B>>,
        Workflow<InputOf<B>, Rest<When, LastOf<B>>, Empty, never, InsideOf<B>>
      >;
    },
  >(
    this: B,
    id: FreshGroup<Id, ClashApart<Id, A>, TakenBy<B>>,
    when: When,
    arms: A,
    options?: StepOptions,
  ): Workflow<
    InputOf<B>,
    EitherOutput<A, Rest<When, LastOf<B>>>,
    Grown<OwnOf<B>, { readonly [Name in Id]: EitherOutput<A, Rest<When, LastOf<B>>> } & MaybeInnerSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
  >;

  route<
    B extends AnyBuilder,
    const Id extends string,
    const Key extends string,
    A extends { readonly [Name in Key]?: Arm<ContextOf<B>, LastOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>> },
  >(
    this: B,
    id: FreshGroup<Id, ClashApart<Id, A>, TakenBy<B>>,
    select: (ctx: ContextOf<B>) => Key | PromiseLike<Key>,
    arms: A & Routes<A, Key>,
    options?: StepOptions,
  ): Workflow<
    InputOf<B>,
    RoutedOutput<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: RoutedOutput<A> } & MaybeInnerSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
  >;

  routeAll<
    B extends AnyBuilder,
    const Id extends string,
    const Key extends string,
    A extends { readonly [Name in Key]?: Arm<ContextOf<B>, LastOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>> },
  >(
    this: B,
    id: FreshGroup<Id, ClashAmong<Id, A>, TakenBy<B>>,
    select: (ctx: ContextOf<B>) => readonly Key[] | PromiseLike<readonly Key[]>,
    arms: A & Routes<A, Key>,
    options?: GroupOptions & StepOptions,
  ): Workflow<
    InputOf<B>,
    SomeOutputs<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: SomeOutputs<A> } & MaybeInnerSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
  >;

  routeBy<
    B extends AnyBuilder,
    const Id extends string,
    const Key extends keyof LastOf<B>,
    A extends {
      readonly [Name in LastOf<B>[Key] & string]?: Arm<
        Context<InputOf<B>, Variant<LastOf<B>, Key, Name>, ShownTo<B>, StateOf<B>>,
        Variant<LastOf<B>, Key, Name>,
        Workflow<InputOf<B>, Variant<LastOf<B>, Key, Name>, Empty, never, InsideOf<B>>
      >;
    },
  >(
    this: B,
    id: FreshGroup<Id, ClashApart<Id, A>, TakenBy<B>>,
    discriminant: Key,
    arms: A & Routes<A, LastOf<B>[Key] & string>,
  ): Workflow<
    InputOf<B>,
    RoutedOutput<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: RoutedOutput<A> } & MaybeInnerSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
  >;

  loop<B extends AnyBuilder, const Id extends string, R extends Feeds<LastOf<B>>, const Limit extends "continue" | "fail" = "continue">(
    this: B,
    id: FreshGroup<Id, keyof InnerOf<R> & Id, TakenBy<B>>,
    body: Body<
      LoopContext<InputOf<B>, LastOf<B>, ShownTo<B>, StateOf<B>>,
      LastOf<B>,
      Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>,
      R
    >,
    options: StepOptions & {
      readonly until: (
        ctx: LoopContext<InputOf<B>, OutputOf<R>, Steps<ShownTo<B> & InnerOf<R>>, StateOf<B>>,
      ) => boolean | PromiseLike<boolean>;
      readonly max?: number;
      readonly onLimit?: Limit;
    },
  ): Workflow<
    InputOf<B>,
    OutputOf<R>,
    Grown<OwnOf<B>, { readonly [Name in Id]: OutputOf<R> } & InnerOf<R>>,
    FailureOf<B> | ErrorOf<R> | (Limit extends "fail" ? LoopLimit : never),
    ScopeOf<B>
  >;

  map<B extends AnyBuilder, const Id extends string, Item, R>(
    this: B,
    id: FreshGroup<Id, keyof InnerOf<R> & Id, TakenBy<B>>,
    items: (ctx: ContextOf<B>) => Iterable<Item> | AsyncIterable<Item> | PromiseLike<Iterable<Item> | AsyncIterable<Item>>,
    body: Body<
      ItemContext<InputOf<B>, Item, ShownTo<B>, StateOf<B>>,
      Item,
      Workflow<InputOf<B>, Item, Empty, never, InsideOf<B>>,
      R
    >,
    options?: GroupOptions & StepOptions,
  ): Workflow<InputOf<B>, OutputOf<R>[], Grown<OwnOf<B>, { readonly [Name in Id]: OutputOf<R>[] }>, FailureOf<B> | ErrorOf<R>, ScopeOf<B>>;

  catch<B extends AnyBuilder, const Id extends string, R>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    handler: (ctx: CatchContext<InputOf<B>, Shown<Doubted<OwnOf<B>>, ScopeOf<B>["outer"]>, StateOf<B>, FailureOf<B>>) => R,
    options?: CatchOptions,
  ): Workflow<
    InputOf<B>,
    LastOf<B> | OutputOf<R>,
    Grown<Doubted<OwnOf<B>>, { readonly [Name in Id]: OutputOf<R> | undefined }>,
    ErrorOf<R> | WaitsIn<FailureOf<B>>,
    ScopeOf<B>
  >;

  waitFor<B extends AnyBuilder, const Id extends string, Validator extends Schema<any, any>>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    schema: Validator,
    options?: { readonly timeout?: number; readonly show?: (ctx: ContextOf<B>) => unknown },
  ): Workflow<
    InputOf<B>,
    ParsedBy<Validator>,
    Grown<OwnOf<B>, { readonly [Name in Id]: ParsedBy<Validator> }>,
    FailureOf<B> | Suspended<Id, SchemaInput<Validator>>,
    ScopeOf<B>
  >;

  sleep<B extends AnyBuilder, const Id extends string>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    duration: number | ((ctx: ContextOf<B>) => number | Date | PromiseLike<number | Date>),
  ): Workflow<InputOf<B>, LastOf<B>, Begun<OwnOf<B>>, FailureOf<B>, ScopeOf<B>>;

  use<B extends AnyBuilder, P extends SubWorkflow | Unbuilt>(
    this: B,
    plan: Usable<P, LastOf<B>, TakenBy<B>>,
    options?: { readonly state?: SubState<StateIn<P>, ContextOf<B>> },
  ): Workflow<
    InputOf<B>,
    OutputOf<ResultOf<P>>,
    Grown<OwnOf<B>, { readonly [Name in NameOf<P>]: Published<ResultOf<P>> }>,
    FailureOf<B> | ErrorOf<ResultOf<P>>,
    ScopeOf<B>
  >;

  build(): Plan<
    S["name"],
    Parameters<S["accepted"]>[0],
    Last,
    EntriesOf<Own>,
    Error,
    S["state"]
  >;
}

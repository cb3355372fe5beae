import type { Plan } from "../plan/plan.ts";
import type { FedLoop, FedMap, Narrowed, Rest, Returned, Unread, Variant } from "../types/arguments.ts";
import type {
  AnyOutput,
  Anything,
  Arm,
  ArmSteps,
  Arms,
  Body,
  ByName,
  ClashAmong,
  ClashApart,
  ClashTogether,
  EitherOutput,
  ErrorsOf,
  MaybeArmSteps,
  MaybeInnerSteps,
  OutputsOf,
  ParallelArms,
  RoutedOutput,
  SettledOutputs,
  SettledSteps,
  SomeOutputs,
} from "../types/arms.ts";
import type { CatchContext, Context, Place, Turn } from "../types/context.ts";
import type { PromptInput } from "../types/executable.ts";
import type { LoopLimit, Suspended, WaitsIn } from "../types/failure.ts";
import type { AnyLedger, Around, Begun, Doubted, Empty, EntriesOf, Grown, RecordOf, Shown, Unwritten } from "../types/ledger.ts";
import type { Fresh, FreshGroup, Invalid, Steps } from "../types/names.ts";
import type { CallOptions, CatchOptions, GroupOptions, LoopOptions, Merges, StepOptions, WaitOptions } from "../types/options.ts";
import type { ErrorOf, InnerOf, OutputOf, Packed, Published } from "../types/outputs.ts";
import type { ParsedBy, Schema, InputOf as SchemaInput } from "../types/schema.ts";
import type {
  AnyBuilder,
  AnyScope,
  ContextOf,
  Declared,
  ExtraOf,
  FailureOf,
  InputOf,
  InsideOf,
  LastOf,
  Nested,
  OwnOf,
  Repeated,
  ScopeOf,
  ShownTo,
  StateOf,
  TakenBy,
  Whole,
} from "../types/scope.ts";
import type { CheckedOutput, CheckedPublished, NameOf, OwnOptions, StateIn, SubState, SubWorkflow } from "../types/step-options.ts";
import type {
  Accepting,
  AnyFitting,
  EachHandled,
  Fitting,
  FittingArm,
  FittingArms,
  FittingBranch,
  FittingParallel,
  FittingRoutes,
  Given,
  Misfit,
  Takes,
  Unbuilt,
  Usable,
} from "../types/verdicts.ts";

/**
 * A workflow being built. Every call gives a new builder and changes nothing, so a builder can be the start of several
 * workflows. `.build()` ends it.
 *
 * ```ts
 * const article = workflow("article")
 *   .parallel("research", { web, papers })
 *   .then("draft", writer)
 *   .then("title", ({ last, steps }) => titleOf(last, steps.research.web))
 *   .build();
 * ```
 *
 * A step's id is a string literal, new in the workflow. Later steps read its output as `steps[id]`, and the one right after
 * it as `last`. Steps may return plain values, promises, or neverthrow's `Result`s, whose errors the run's failure then
 * has in its type.
 *
 * How the types work: `Own` is a ledger of outputs by name (`types/ledger.ts`), `S` holds what stays the same along the
 * chain (`types/scope.ts`). Methods infer the builder they are called on as `B` and read its parts from there
 * (`LastOf<B>`); if they used the interface's own parameters, every builder's type would hold all builders before it, and
 * compilers give up on that at 50 to 100 steps.
 */
export interface Workflow<in out Input, out Last, in out Own extends AnyLedger, in out Error, in out S extends AnyScope> {
  readonly name: S["name"];

  /**
   * The input's type, from a Standard Schema (zod, valibot, arktype) or as a type argument. Before the first step, and
   * once. With a schema, `run` takes what it accepts, steps see what it gives, and a run whose input it refuses fails as
   * `invalid_input` before anything has run. An input is a string unless said otherwise.
   *
   * ```ts
   * workflow("order").input(z.object({ id: z.coerce.number() }))
   * workflow("order").input<{ id: number }>()
   * ```
   */
  input<T extends Declared<"input", Own, S, unknown> = Declared<"input", Own, S, unknown>, Validator extends Schema = Schema<T>>(
    schema?: Declared<"input", Own, S, Validator>,
  ): Workflow<
    ParsedBy<Validator>,
    ParsedBy<Validator>,
    Unwritten,
    never,
    Whole<S["name"], S["state"], SchemaInput<Validator>, Exclude<S["undeclared"], "input">>
  >;

  /**
   * State that steps share, as `ctx.state`, and change, with `ctx.set(patch)`. Before the first step, and once. Arms that
   * run together each start from the state before them; `merge` says how two arms' writes to one key become one value.
   * Without it the run fails as `state_conflict`. It must give the same for the same: a durable run asks it again when it is
   * taken up.
   *
   * ```ts
   * workflow("crawl").state({ pages: 0 }, { merge: { pages: (joined, arm, base) => joined + arm - base } })
   * ```
   */
  state<State extends object>(
    initial: Declared<"state", Own, S, State>,
    options?: { readonly merge?: Merges<State> },
  ): Workflow<Input, Last, Unwritten, never, Whole<S["name"], State, Parameters<S["accepted"]>[0], Exclude<S["undeclared"], "state">>>;

  /**
   * Checks the workflow's output, and types the plan by what the schema gives. Last before `.build()`. An output that the
   * schema refuses fails the run as `invalid_output`.
   */
  output<B extends AnyBuilder, Validator extends Schema>(
    this: B,
    schema: Accepting<Validator, LastOf<B>>,
  ): Finished<InputOf<B>, ParsedBy<Validator>, OwnOf<B>, FailureOf<B>, ScopeOf<B>>;

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
  then<B extends AnyBuilder, const Id extends string, E extends Takes<never> | Misfit, R = Given<E>>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    exec: Fitting<E, LastOf<B>> | ((ctx: ContextOf<B>) => R),
  ): Workflow<InputOf<B>, OutputOf<R>, Grown<OwnOf<B>, { readonly [Name in Id]: Published<R> }>, FailureOf<B> | ErrorOf<R>, ScopeOf<B>>;
  /**
   * One step, with options: `timeout` (ms, per attempt), `retries` (more attempts, or a policy; none unless told), `undo`,
   * `input` (for an agent its prompt), `output` (a schema for what a function gives), `state` (for a sub-workflow).
   */
  then<B extends AnyBuilder, const Id extends string, E extends Takes<never> | Misfit, R = Given<E>, Validator extends Schema = never>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    exec: AnyFitting<E> | ((ctx: ContextOf<B>) => R),
    options: CallOptions<CheckedOutput<R, Validator>, ContextOf<B>> & OwnOptions<E, LastOf<B>, ContextOf<B>, Validator>,
  ): Workflow<
    InputOf<B>,
    CheckedOutput<R, Validator>,
    Grown<OwnOf<B>, { readonly [Name in Id]: CheckedPublished<R, Validator> }>,
    FailureOf<B> | ErrorOf<R>,
    ScopeOf<B>
  >;
  /** A step needs its id, and a workflow is not a promise: this is what `await` would have to call. */
  then(id: Invalid<"a step's id comes first: .then(id, step). A workflow is no promise: .build() it, and .run() the plan">): never;

  /**
   * A step for its effect only: `last` passes through, and it publishes nothing. If it fails, so does the run.
   *
   * ```ts
   * .tap("log", ({ last }) => console.log(last))
   * ```
   */
  tap<B extends AnyBuilder, const Id extends string, R>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    run: (ctx: ContextOf<B>) => R,
    options?: StepOptions,
  ): Workflow<InputOf<B>, LastOf<B>, Begun<OwnOf<B>>, FailureOf<B> | ErrorOf<R>, ScopeOf<B>>;

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
  parallel<
    B extends AnyBuilder,
    const Id extends string,
    A extends ParallelArms<ContextOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>>,
  >(
    this: B,
    id: FreshGroup<Id, ClashTogether<Id, ByName<A>, TakenBy<B>>, TakenBy<B>>,
    arms: A & FittingParallel<A, LastOf<B>>,
    options?: GroupOptions,
  ): Workflow<
    InputOf<B>,
    OutputsOf<ByName<A>>,
    Grown<OwnOf<B>, { readonly [Name in Id]: OutputsOf<ByName<A>> } & ArmSteps<ByName<A>>>,
    FailureOf<B> | ErrorsOf<ByName<A>>,
    ScopeOf<B>
  >;

  /**
   * All arms at once, and every outcome kept: `{ ok: true, value }` or `{ ok: false, error }`, by arm. No arm aborts
   * another, and no failure that a `catch` would see leaves the step.
   *
   * ```ts
   * .settle("sources", { web, papers }).then("found", ({ last }) => (last.web.ok ? last.web.value : "nothing"))
   * ```
   */
  settle<
    B extends AnyBuilder,
    const Id extends string,
    A extends Arms<ContextOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>>,
  >(
    this: B,
    id: FreshGroup<Id, ClashTogether<Id, A, TakenBy<B>>, TakenBy<B>>,
    arms: A & FittingArms<A, LastOf<B>>,
    options?: GroupOptions,
  ): Workflow<
    InputOf<B>,
    SettledOutputs<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: SettledOutputs<A> } & SettledSteps<A>>,
    FailureOf<B> | WaitsIn<ErrorsOf<A>>,
    ScopeOf<B>
  >;

  /**
   * All arms at once; the first success is the output, and aborts the others. It fails when all have failed.
   *
   * ```ts
   * .race("answer", { fast: small, good: large })
   * ```
   */
  race<
    B extends AnyBuilder,
    const Id extends string,
    A extends Arms<ContextOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>>,
  >(
    this: B,
    id: FreshGroup<Id, ClashTogether<Id, A, TakenBy<B>>, TakenBy<B>>,
    arms: A & FittingArms<A, LastOf<B>>,
    options?: GroupOptions,
  ): Workflow<
    InputOf<B>,
    AnyOutput<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: AnyOutput<A> } & MaybeArmSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
  >;

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
    B extends AnyBuilder,
    const Id extends string,
    When extends (last: LastOf<B>, ctx: ContextOf<B>) => boolean | PromiseLike<boolean>,
    A extends {
      readonly yes?:
        | Misfit
        | Arm<
            Context<InputOf<B>, Narrowed<When, LastOf<B>>, ShownTo<B>, StateOf<B>> & ExtraOf<B>,
            Workflow<InputOf<B>, Narrowed<When, LastOf<B>>, Empty, never, InsideOf<B>>
          >;
      readonly no?:
        | Misfit
        | Arm<
            Context<InputOf<B>, Rest<When, LastOf<B>>, ShownTo<B>, StateOf<B>> & ExtraOf<B>,
            Workflow<InputOf<B>, Rest<When, LastOf<B>>, Empty, never, InsideOf<B>>
          >;
      readonly [other: string]: unknown;
    },
  >(
    this: B,
    id: FreshGroup<Id, ClashApart<Id, A>, TakenBy<B>>,
    when: When,
    arms: A & FittingBranch<A, Narrowed<When, LastOf<B>>, Rest<When, LastOf<B>>>,
    options?: StepOptions,
  ): Workflow<
    InputOf<B>,
    EitherOutput<A, Rest<When, LastOf<B>>>,
    Grown<OwnOf<B>, { readonly [Name in Id]: EitherOutput<A, Rest<When, LastOf<B>>> } & MaybeInnerSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
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
    B extends AnyBuilder,
    const Id extends string,
    A extends { readonly [Name in Key]?: Misfit | Arm<ContextOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>> },
    const Key extends string = never,
  >(
    this: B,
    id: FreshGroup<Id, ClashApart<Id, A>, TakenBy<B>>,
    select: (ctx: ContextOf<B>) => Key | PromiseLike<Key>,
    arms: A & FittingRoutes<A, Key, FittingArms<A, LastOf<B>>>,
    options?: StepOptions,
  ): Workflow<
    InputOf<B>,
    RoutedOutput<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: RoutedOutput<A> } & MaybeInnerSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
  >;

  /**
   * Several arms by key, at once, as in `parallel`. The output has the arms that were chosen.
   *
   * ```ts
   * .routeAll("reviews", ({ last }) => (last.contract ? ["legal", "tech"] : ["tech"]), { legal, tech })
   * ```
   */
  routeAll<
    B extends AnyBuilder,
    const Id extends string,
    A extends { readonly [Name in Key]?: Misfit | Arm<ContextOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, InsideOf<B>>> },
    const Key extends string = never,
  >(
    this: B,
    id: FreshGroup<Id, ClashAmong<Id, A>, TakenBy<B>>,
    select: (ctx: ContextOf<B>) => readonly Key[] | PromiseLike<readonly Key[]>,
    arms: A & FittingRoutes<A, Key, FittingArms<A, LastOf<B>>>,
    options?: GroupOptions & StepOptions,
  ): Workflow<
    InputOf<B>,
    SomeOutputs<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: SomeOutputs<A> } & MaybeInnerSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
  >;

  /**
   * One arm, by a property of `last` that tells a union apart; `last` is narrowed in each arm.
   *
   * ```ts
   * .routeBy("handle", "kind", { text: ({ last }) => last.text, image: describer })
   * ```
   */
  routeBy<
    B extends AnyBuilder,
    const Id extends string,
    const Key extends keyof LastOf<B>,
    A extends {
      readonly [Name in LastOf<B>[Key] & string]?:
        | Misfit
        | Arm<
            Context<InputOf<B>, Variant<LastOf<B>, Key, Name>, ShownTo<B>, StateOf<B>> & ExtraOf<B>,
            Workflow<InputOf<B>, Variant<LastOf<B>, Key, Name>, Empty, never, InsideOf<B>>
          >;
    },
  >(
    this: B,
    id: FreshGroup<Id, ClashApart<Id, A>, TakenBy<B>>,
    discriminant: Key & EachHandled<A, Extract<LastOf<B>[Key], string>>,
    arms: A & FittingRoutes<A, LastOf<B>[Key] & string, { readonly [Name in keyof A]: FittingArm<A[Name], Variant<LastOf<B>, Key, Name>> }>,
  ): Workflow<
    InputOf<B>,
    RoutedOutput<A>,
    Grown<OwnOf<B>, { readonly [Name in Id]: RoutedOutput<A> } & MaybeInnerSteps<A>>,
    FailureOf<B> | ErrorsOf<A>,
    ScopeOf<B>
  >;

  /**
   * Repeats a body, whose output feeds its next turn, until a condition holds, but at most `max` times (3 unless told). At
   * `max` the last output stands, and the step's record says `limitReached`; with `onLimit: "fail"` it fails as
   * `loop_limit`. Further options are the condition's.
   *
   * ```ts
   * .loop("revise", { flow: (b) => b.then("rewrite", writer).then("review", critic) }, {
   *   until: ({ last, iteration }) => last.verdict === "pass",
   *   max: 5,
   * })
   * ```
   */
  loop<
    B extends AnyBuilder,
    const Id extends string,
    R extends Returned<LastOf<B>> = LastOf<B>,
    In extends PromptInput | Anything = never,
    Taken = unknown,
    const Limit extends "continue" | "fail" = "continue",
  >(
    this: B,
    id: FedLoop<Id, R, LastOf<B>, Taken, TakenBy<B>>,
    body: Body<ContextOf<B> & Turn, LastOf<B>, Workflow<InputOf<B>, LastOf<B>, Empty, never, Repeated<InsideOf<B>, Turn>>, R, In, Taken>,
    options: LoopOptions<Context<InputOf<B>, OutputOf<R>, Steps<ShownTo<B> & InnerOf<R>>, StateOf<B>> & ExtraOf<B> & Turn, Limit>,
  ): Workflow<
    InputOf<B>,
    OutputOf<R>,
    Grown<OwnOf<B>, { readonly [Name in Id]: OutputOf<R> } & InnerOf<R>>,
    FailureOf<B> | ErrorOf<R> | (Limit extends "fail" ? LoopLimit : never),
    ScopeOf<B>
  >;

  /**
   * One body over many items, `concurrency` at a time; the output is in the items' order. Items may come from an array, any
   * iterable or an async iterable. `timeout` and `retries` are per item. The first failure aborts the rest.
   *
   * Without a journal, an iterable is asked for its next item when there is room for it, so it may be without an end. A run
   * with a journal takes all its items, at most 1,000,000, and records them before the first is begun: a resume works at the
   * same ones, and asks nobody again. What has no end there, such as a queue, is read page by page in a loop.
   *
   * ```ts
   * .map("summaries", ({ last }) => last.urls, { flow: (b) => b.then("page", fetchPage).then("gist", summarizer) }, { concurrency: 4 })
   * ```
   */
  map<B extends AnyBuilder, const Id extends string, R, Item = Unread, In extends PromptInput | Anything = never, Taken = unknown>(
    this: B,
    id: FedMap<Id, R, Item, Taken, TakenBy<B>>,
    items: (ctx: ContextOf<B>) => Iterable<Item> | AsyncIterable<Item> | PromiseLike<Iterable<Item> | AsyncIterable<Item>>,
    body: Body<
      Context<InputOf<B>, Item, ShownTo<B>, StateOf<B>> & ExtraOf<B> & Place,
      NoInfer<Item>,
      Workflow<InputOf<B>, Item, Empty, never, Repeated<InsideOf<B>, Place>>,
      R,
      In,
      Taken
    >,
    options?: GroupOptions & StepOptions,
  ): Workflow<InputOf<B>, OutputOf<R>[], Grown<OwnOf<B>, { readonly [Name in Id]: OutputOf<R>[] }>, FailureOf<B> | ErrorOf<R>, ScopeOf<B>>;

  /**
   * Handles a failure of any step before it in this chain, as a promise's `catch` does: the handler's output takes the
   * place of `last`, and without a failure it is skipped. From here on, those steps may not have run. Completed steps stay
   * done, unless `undo: true`. Cancellation, the run's time limit, budgets and state conflicts pass through.
   *
   * ```ts
   * .catch("fallback", ({ failure }) => `Sorry: ${failure.message}`)
   * ```
   */
  catch<B extends AnyBuilder, const Id extends string, R>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    handler: (ctx: CatchContext<InputOf<B>, Shown<Doubted<OwnOf<B>>, ScopeOf<B>["outer"]>, StateOf<B>, FailureOf<B>> & ExtraOf<B>) => R,
    options?: CatchOptions,
  ): Workflow<
    InputOf<B>,
    LastOf<B> | OutputOf<R>,
    Grown<Doubted<OwnOf<B>>, { readonly [Name in Id]: OutputOf<R> | undefined }>,
    ErrorOf<R> | WaitsIn<FailureOf<B>>,
    ScopeOf<B>
  >;

  /**
   * Waits for an answer from outside that fits the schema: a person's approval, a webhook. `start()` stays alive for
   * `handle.answer(id, answer)`; `run()` ends as `suspended` once nothing else can go on. With a `timeout` (ms), fails as
   * `wait_timed_out`. `show` is what whoever answers gets to see.
   *
   * ```ts
   * .waitFor("approval", z.object({ approved: z.boolean() }), { show: ({ steps }) => steps.draft })
   * ```
   */
  waitFor<B extends AnyBuilder, const Id extends string, Validator extends Schema>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    schema: Validator,
    options?: WaitOptions<ContextOf<B>>,
  ): Workflow<
    InputOf<B>,
    ParsedBy<Validator>,
    Grown<OwnOf<B>, { readonly [Name in Id]: ParsedBy<Validator> }>,
    FailureOf<B> | Suspended<Id, SchemaInput<Validator>>,
    ScopeOf<B>
  >;

  /**
   * Pauses for some ms, or as long as a function says: ms, or the date to go on at. `last` passes through.
   *
   * ```ts
   * .sleep("cool-down", 60_000)
   * ```
   */
  sleep<B extends AnyBuilder, const Id extends string>(
    this: B,
    id: Fresh<Id, TakenBy<B>>,
    duration: number | ((ctx: ContextOf<B>) => number | Date | PromiseLike<number | Date>),
  ): Workflow<InputOf<B>, LastOf<B>, Begun<OwnOf<B>>, FailureOf<B>, ScopeOf<B>>;

  /**
   * A sub-workflow under its own name. It publishes `{ output, steps }`, and starts from its own initial state, of which
   * `state` replaces keys.
   *
   * ```ts
   * .use(enrich).then("size", ({ steps }) => steps.enrich.steps.fetch.body.length)
   * ```
   */
  use<B extends AnyBuilder, P extends SubWorkflow | Unbuilt>(
    this: B,
    plan: Usable<P, LastOf<B>, TakenBy<B>>,
    options?: { readonly state?: SubState<StateIn<P>, ContextOf<B>> },
  ): Workflow<
    InputOf<B>,
    OutputOf<Given<P>>,
    Grown<OwnOf<B>, { readonly [Name in NameOf<P>]: Published<Given<P>> }>,
    FailureOf<B> | ErrorOf<Given<P>>,
    ScopeOf<B>
  >;

  /** Ends the building: the plan is frozen, and can be run, drawn, and used in other workflows. */
  build(): Plan<S["name"], Parameters<S["accepted"]>[0], Last, EntriesOf<Own>, Error, S["state"]>;

  /** At compile time only: what the chain knows at this point. */
  readonly "~t": {
    readonly input: Input;
    readonly last: Last;
    readonly steps: Own;
    readonly error: Error;
    readonly scope: S;
    readonly taken: Own["names"] | S["outer"]["names"];
    readonly shown: Shown<Own, S["outer"]>;
    readonly context: Context<Input, Last, Shown<Own, S["outer"]>, S["state"]> & S["extra"];
    readonly inside: Nested<S["name"], S["state"], Around<Own, S["outer"]>, S["extra"]>;
  };
  /** At compile time only: lets a nested chain stand for an arm. */
  readonly "~flow": Packed<Last, Error, RecordOf<Own>, S["kind"]>;
}

/** A workflow that has its output declared: it can be built, and no more steps added. */
export interface Finished<in out Input, out Last, in out Own extends AnyLedger, in out Error, in out S extends AnyScope> {
  readonly name: S["name"];
  /** Ends the building. */
  build(): Plan<S["name"], Parameters<S["accepted"]>[0], Last, EntriesOf<Own>, Error, S["state"]>;
  /** A workflow is not a promise, and after `.output()` it takes no more steps. */
  then(id: Invalid<"no step comes after .output(). A workflow is no promise: .build() it, and .run() the plan">): never;
  /** At compile time only. */
  readonly "~t": { readonly input: Input; readonly last: Last; readonly error: Error };
}

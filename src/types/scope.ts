import type { Workflow } from "../builder/workflow.ts";
import type { Context } from "./context.ts";
import type { PackedKind } from "./outputs.ts";
import type { AnyPages, Begun, Blank, Doubted, Doubtful, Grown, Seen } from "./pages.ts";

/**
 * What stays the same along a chain: the workflow's name, its state, the steps around a nested chain, what `run` takes,
 * and what the chain is. One parameter passed on by reference, so that nothing is made anew at each step.
 */
export interface Scope<out Name, out State, out Around, in Accepted, out Kind, out Extra> {
  /** The workflow's name. */
  readonly name: Name;
  /** What `ctx.state` is. */
  readonly state: State;
  /** Steps of the chains around this one, as a record. */
  readonly around: Around;
  /** What `run` takes: the input before its schema. */
  readonly accepted: (input: Accepted) => void;
  /** A workflow that is not built yet, or a chain nested in one. */
  readonly kind: Kind;
  /** What contexts have besides: the turn inside a loop, the place inside a map. */
  readonly extra: Extra;
}

/** What a whole workflow says about itself: its name, its state, and what `run` takes. */
// biome-ignore lint/complexity/noBannedTypes: no steps around it.
export interface About<out Name, out State, in Accepted> extends Scope<Name, State, {}, Accepted, "draft", unknown> {}

/** What a nested chain says about itself: its workflow's name and state, the steps around it, and what its contexts have besides. */
export interface Nested<out Name, out State, out Around, out Extra> extends Scope<Name, State, Around, unknown, "flow", Extra> {}

export type AnyScope = Scope<string, unknown, unknown, never, PackedKind, unknown>;

/**
 * Any builder. Methods infer the builder that they are called on as a whole (`this: B`) and read the parts they need
 * from it; if they closed over the interface's own parameters instead, each step's type would hold all the steps before.
 */
export interface AnyBuilder {
  // biome-ignore lint/suspicious/noExplicitAny: what is both read and written fits no other type, and checking it part by part costs 14 instantiations a step.
  readonly "~t": Known<unknown, unknown, any, unknown, any, AnyPages>;
}

/** What the chain knows at one point. Its parts are worked out once for each builder, when they are asked for. */
export interface Known<out Input, out Last, in out Shown, out Error, in out S extends AnyScope, out P extends AnyPages> {
  readonly input: Input;
  readonly last: Last;
  readonly shown: Shown;
  readonly error: Error;
  readonly scope: S;
  readonly pages: P;
  /** Names that a new step may not have. */
  readonly taken: keyof Shown;
  /** What the next step's function receives. */
  readonly context: Context<Input, Last, Shown, S["state"]> & S["extra"];
  /** The scope of a chain nested in the next step. */
  readonly inside: Nested<S["name"], S["state"], Shown, S["extra"]>;
  /** The builder that such a chain is grown from, if it begins with the same `last`. */
  readonly start: Workflow<Input, Last, Shown, never, Nested<S["name"], S["state"], Shown, S["extra"]>, Blank>;
}

export type InputOf<B extends AnyBuilder> = B["~t"]["input"];
export type LastOf<B extends AnyBuilder> = B["~t"]["last"];
export type FailureOf<B extends AnyBuilder> = B["~t"]["error"];
export type ScopeOf<B extends AnyBuilder> = B["~t"]["scope"];
export type StateOf<B extends AnyBuilder> = B["~t"]["scope"]["state"];
export type ExtraOf<B extends AnyBuilder> = B["~t"]["scope"]["extra"];
/** The steps of the chains around this one. */
export type AroundOf<B extends AnyBuilder> = B["~t"]["scope"]["around"];
/** Own steps and those of the chains around, as a user sees them. */
export type ShownTo<B extends AnyBuilder> = B["~t"]["shown"];
/** Names that a new step may not have. */
export type TakenBy<B extends AnyBuilder> = B["~t"]["taken"];
export type PagesOf<B extends AnyBuilder> = B["~t"]["pages"];
/** The context that the next step's function receives. */
export type ContextOf<B extends AnyBuilder> = B["~t"]["context"];

/*
 * Builders are properties of interfaces here, and not aliases: of an alias the compiler keeps the arguments, and so all
 * builders before.
 */

/** The builder that a nested chain is grown from. */
export type Inside<B extends AnyBuilder> = B["~t"]["start"];
/** The same where it begins with another `last`. */
export type InsideWith<B extends AnyBuilder, Last> = Within<B, Last, B["~t"]["inside"]>["start"];
/** The same in the body of a loop or a map, whose contexts have more. */
export type Repeated<B extends AnyBuilder, Last, Extra> = Within<
  B,
  Last,
  Nested<ScopeOf<B>["name"], StateOf<B>, ShownTo<B>, ExtraOf<B> & Extra>
>["start"];
interface Within<B extends AnyBuilder, Last, S extends AnyScope> {
  readonly start: Workflow<InputOf<B>, Last, ShownTo<B>, never, S, Blank>;
}

/** The builder after a step, which gave `Last` and published some outputs by name. */
export type Next<B extends AnyBuilder, Last, Published, Error> = After<
  B,
  Last,
  TakenBy<B> | keyof Published,
  Grown<PagesOf<B>, ShownTo<B>, Published>,
  Published,
  ShownTo<B>,
  Error
>["next"];
/** The builder after a step that published nothing. */
export type Passed<B extends AnyBuilder, Error> = Past<B, Error>["next"];
/** The builder after a catch, which published its own output. */
export type Rescued<B extends AnyBuilder, Last, Published, Error> = After<
  B,
  Last,
  TakenBy<B> | keyof Published,
  Grown<Doubted<PagesOf<B>>, DoubtedBy<B>, Published>,
  Published,
  DoubtedBy<B>,
  Error
>["next"];
interface After<B extends AnyBuilder, Last, Names extends PropertyKey, P extends AnyPages, Published, Before, Error> {
  readonly next: Workflow<InputOf<B>, Last, Seen<Names, P, Published, Before, AroundOf<B>>, Error, ScopeOf<B>, P>;
}
interface Past<B extends AnyBuilder, Error> {
  readonly next: Workflow<InputOf<B>, LastOf<B>, ShownTo<B>, Error, ScopeOf<B>, Begun<PagesOf<B>>>;
}
/** What the handler of a catch sees of the steps. */
export type DoubtedBy<B extends AnyBuilder> = Doubtful<TakenBy<B>, PagesOf<B>, ShownTo<B>, AroundOf<B>>;

/**
 * The type of an argument that declares something about the whole workflow. Once it is too late, a sentence that no argument
 * is. (The method's `this` could refuse as well, but of that the compiler prints the whole builder.)
 */
export type Declared<What extends "input" | "state", P extends AnyPages, S extends AnyScope, Argument> = "first" extends P["line"]
  ? What extends P["line"]
    ? Argument
    : `.${What}() can be called once only`
  : S["kind"] extends "flow"
    ? `.${What}() belongs to the whole workflow: a nested chain has none`
    : `.${What}() must be called before the first step`;
/** What may be declared after this. */
export type Left<P extends AnyPages, What extends "input" | "state"> = Extract<Exclude<P["line"], What>, "input" | "state">;

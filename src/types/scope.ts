import type { AnyLedger, Empty, Unwritten } from "./ledger.ts";
import type { PackedKind } from "./outputs.ts";

/**
 * What stays the same along a chain: the workflow's name, its state, the steps around a nested chain, what `run` takes,
 * and what the chain is. One parameter passed on by reference, so that nothing is made anew at each step.
 */
export interface Scope<
  out Name,
  out State,
  out Outer extends AnyLedger,
  in Accepted,
  out Kind,
  out Undeclared = never,
  out Extra = unknown,
> {
  readonly name: Name;
  readonly state: State;
  /** Steps of the chains around this one. */
  readonly outer: Outer;
  /** What `run` takes: the input before its schema. */
  readonly accepted: (input: Accepted) => void;
  readonly kind: Kind;
  /** Which of `.input()` and `.state()` have not been called yet. */
  readonly undeclared: Undeclared;
  /** What contexts have besides: the turn inside a loop, the place inside a map. */
  readonly extra: Extra;
}

/** The scope of a whole workflow. An interface of its own, since a builder's type is printed with it. */
export interface Whole<out Name, out State, in Accepted, out Undeclared>
  extends Scope<Name, State, Empty, Accepted, "draft", Undeclared, unknown> {}

/** The scope of a chain nested in an arm or a body. */
export interface Nested<out Name, out State, out Outer extends AnyLedger, out Extra>
  extends Scope<Name, State, Outer, unknown, "flow", never, Extra> {}

/** The scope of a chain inside a loop or a map. */
export type Repeated<S extends AnyScope, Extra> = Nested<S["name"], S["state"], S["outer"], S["extra"] & Extra>;

export type AnyScope = Scope<string, unknown, AnyLedger, never, PackedKind, "input" | "state", unknown>;

/**
 * Any builder. Methods infer the builder that they are called on as a whole (`this: B`) and read the parts they need
 * from it; if they closed over the interface's own parameters instead, each step's type would hold all the steps before.
 */
export interface AnyBuilder {
  readonly "~t": {
    readonly input: unknown;
    readonly last: unknown;
    readonly steps: AnyLedger;
    readonly error: unknown;
    readonly scope: AnyScope;
    readonly taken: PropertyKey;
    readonly shown: unknown;
    readonly context: unknown;
    readonly inside: Nested<string, unknown, AnyLedger, unknown>;
  };
}

export type InputOf<B extends AnyBuilder> = B["~t"]["input"];
export type LastOf<B extends AnyBuilder> = B["~t"]["last"];
/** The chain's own steps. */
export type OwnOf<B extends AnyBuilder> = B["~t"]["steps"];
export type FailureOf<B extends AnyBuilder> = B["~t"]["error"];
export type ScopeOf<B extends AnyBuilder> = B["~t"]["scope"];
export type ExtraOf<B extends AnyBuilder> = B["~t"]["scope"]["extra"];
export type StateOf<B extends AnyBuilder> = B["~t"]["scope"]["state"];
/** Own steps and those of the chains around, as a user sees them. */
export type ShownTo<B extends AnyBuilder> = B["~t"]["shown"];
/** Names that a new step may not have. */
export type TakenBy<B extends AnyBuilder> = B["~t"]["taken"];
/** The context that the next step's function receives. */
export type ContextOf<B extends AnyBuilder> = B["~t"]["context"];
/** The scope of a chain nested in the next step. */
export type InsideOf<B extends AnyBuilder> = B["~t"]["inside"];

/**
 * The type of an argument that declares something about the whole workflow. Once it is too late, a sentence that no argument
 * is. (The method's `this` could refuse as well, but of that the compiler prints the whole builder.)
 */
export type Declared<What extends "input" | "state", Own, S extends AnyScope, Argument> = Own extends Unwritten
  ? What extends S["undeclared"]
    ? Argument
    : `.${What}() can be called once only`
  : S["kind"] extends "flow"
    ? `.${What}() belongs to the whole workflow: a nested chain has none`
    : `.${What}() must be called before the first step`;

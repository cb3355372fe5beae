import type { PackedKind } from "./outputs.ts";

/**
 * What stays the same along a chain: the workflow's name, its state, the steps around a nested chain, what `run` takes,
 * and what the chain is. One parameter passed on by reference, so that nothing is made anew at each step.
 */
export interface Scope<out Name, in out State, out Outer, in Accepted, out Kind, out Undeclared = never> {
  readonly name: Name;
  readonly state: State;
  /** Steps of the chains around this one. */
  readonly outer: Outer;
  /** What `run` takes: the input before its schema. */
  readonly accepted: (input: Accepted) => void;
  readonly kind: Kind;
  /** Which of `.input()` and `.state()` have not been called yet. */
  readonly undeclared: Undeclared;
}

export type AnyScope = Scope<string, any, unknown, never, PackedKind, "input" | "state">;

/**
 * Any builder. Methods infer the builder that they are called on as a whole (`this: B`) and read the parts they need
 * from it; if they closed over the interface's own parameters instead, each step's type would hold all the steps before.
 */
export interface AnyBuilder {
  readonly "~t": {
    readonly input: unknown;
    readonly last: unknown;
    readonly steps: unknown;
    readonly error: unknown;
    readonly scope: AnyScope;
    readonly visible: unknown;
    readonly taken: PropertyKey;
    readonly context: unknown;
    readonly inside: AnyScope;
  };
}

export type InputOf<B extends AnyBuilder> = B["~t"]["input"];
export type LastOf<B extends AnyBuilder> = B["~t"]["last"];
/** The chain's own steps, as a growing intersection. */
export type OwnOf<B extends AnyBuilder> = B["~t"]["steps"];
export type FailureOf<B extends AnyBuilder> = B["~t"]["error"];
export type ScopeOf<B extends AnyBuilder> = B["~t"]["scope"];
export type StateOf<B extends AnyBuilder> = B["~t"]["scope"]["state"];
/** Own steps and those of the chains around, as an intersection. */
export type VisibleOf<B extends AnyBuilder> = B["~t"]["visible"];
/** Names that a new step may not have. */
export type TakenBy<B extends AnyBuilder> = B["~t"]["taken"];
/** The context that the next step's function receives. */
export type ContextOf<B extends AnyBuilder> = B["~t"]["context"];
/** The scope of a chain nested in the next step. */
export type InsideOf<B extends AnyBuilder> = B["~t"]["inside"];

/** `this` of a method that declares something about the whole workflow: refused once it is too late. */
export type Undeclared<What extends "input" | "state", Steps, Open> = unknown extends Steps
  ? What extends Open
    ? unknown
    : TooLate<`.${What}() can be called once only`>
  : TooLate<`.${What}() must be called before the first step`>;
/** Like `Invalid`, under a name that reads well where the compiler talks about `this`. */
export interface TooLate<out Why extends string> {
  readonly "~tooLate": Why;
}

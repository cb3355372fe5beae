import type { OutputOf, Published } from "./outputs.ts";
import type { ParsedBy, Schema } from "./schema.ts";
import type { Takes } from "./verdicts.ts";

/**
 * The options that a step has by what it runs. `input` is required where the executable does not take what came last. A
 * condition comes first, since what it picks has no alias, and the compiler prints the options themselves.
 */
export type OwnOptions<E, Last, Ctx, Validator extends Schema> = [Takes<never>] extends [E]
  ? {
      /** A schema for what the function gives; the step's output is what the schema makes of it. */
      readonly output?: Validator;
    }
  : OwnInput<E, Last, Ctx> & OutputOption<E, Validator> & StateOption<E, Ctx>;

type OwnInput<E, Last, Ctx> = E extends { readonly "~input": (given: infer Given) => void }
  ? E extends Takes<Last>
    ? InputOption<Ctx, Given>
    : InputNeeded<Ctx, Given>
  : unknown;
/** The option `input` of a step whose executable takes what came last. */
export interface InputOption<Ctx, Given> {
  /** Builds the executable's input from the context; for an agent its prompt: text, parts or messages. */
  readonly input?: (ctx: Ctx) => Given | PromiseLike<Given>;
}
/** The same of one that does not: it has to be given. */
export interface InputNeeded<Ctx, Given> {
  /** Builds the executable's input from the context, since it does not take what came last. */
  readonly input: (ctx: Ctx) => Given | PromiseLike<Given>;
}

/** Functions and `step()` values only: agents and plans declare their own output. */
type OutputOption<E, Validator> = E extends { readonly id: string } ? { readonly output?: Validator } : unknown;

type StateOption<E, Ctx> = E extends { readonly "~state": (state: infer State) => void }
  ? {
      /** Replaces keys of the sub-workflow's initial state. */
      readonly state?: SubState<State, Ctx>;
    }
  : unknown;
/** Keys of a sub-workflow's state: as a value, or from the context. */
type SubState<State, Ctx> = Partial<State> | ((ctx: Ctx) => Partial<State> | PromiseLike<Partial<State>>);

/** Options of a sub-workflow that stands under its own name. */
export interface UseOptions<State, Ctx> {
  /** Replaces keys of its initial state. */
  readonly state?: SubState<State, Ctx>;
}

/** What a step gives, after its `output` schema if it has one. */
export type CheckedOutput<R, Validator extends Schema> = [Validator] extends [never] ? OutputOf<R> : ParsedBy<Validator>;
/** The same as later steps read it: a sub-workflow keeps its own steps. */
export type CheckedPublished<R, Validator extends Schema> = [Validator] extends [never] ? Published<R> : ParsedBy<Validator>;

/** A plan, as `.use` takes it. */
export interface SubWorkflow extends Takes<never> {
  readonly name: string;
  readonly "~state": (state: never) => void;
}
export type NameOf<P> = P extends { readonly name: infer Name extends string } ? Name : never;
// biome-ignore lint/complexity/noBannedTypes: an object without keys.
export type StateIn<P> = P extends { readonly "~state": (state: infer State) => void } ? State : {};

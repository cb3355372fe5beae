import type { StepOptions, Undo } from "./options.ts";
import type { OutputOf, Published } from "./outputs.ts";
import type { ParsedBy, Schema } from "./schema.ts";
import type { Takes } from "./verdicts.ts";

/** The options of one step, by what it runs. `input` is required where the executable does not take what came last. */
export type OptionsFor<E, R, Last, Ctx, Validator extends Schema> = StepOptions & {
  /** Takes back what the step did, once the run has failed for good. */
  readonly undo?: Undo<CheckedOutput<R, Validator>, Ctx>;
} & InputOption<E, Last, Ctx> &
  OutputOption<E, Validator> &
  StateOption<E, Ctx>;

type InputOption<E, Last, Ctx> = E extends { readonly "~input": (given: infer Given) => void }
  ? E extends Takes<Last>
    ? { readonly input?: BuildInput<Ctx, Given> }
    : { readonly input: BuildInput<Ctx, Given> }
  : unknown;
/** Builds the executable's input from the context; for an agent its prompt: text, parts or messages. */
type BuildInput<Ctx, Given> = (ctx: Ctx) => Given | PromiseLike<Given>;

/** Functions and `step()` values: agents and plans declare their own output. An `E` that was not inferred means a function. */
type OutputOption<E, Validator> = [Takes<never>] extends [E]
  ? { readonly output?: Validator }
  : E extends { readonly id: string }
    ? { readonly output?: Validator }
    : unknown;

type StateOption<E, Ctx> = E extends { readonly "~state": (state: infer State) => void }
  ? {
      /** Replaces keys of the sub-workflow's initial state. */
      readonly state?: SubState<State, Ctx>;
    }
  : unknown;
/** Keys of a sub-workflow's state: as a value, or from the context. */
export type SubState<State, Ctx> = Partial<State> | ((ctx: Ctx) => Partial<State> | PromiseLike<Partial<State>>);

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

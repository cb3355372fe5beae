import type { AnySteps, ResultOf } from "./arms.ts";
import type { Invalid } from "./names.ts";
import type { OutputOf } from "./outputs.ts";
import type { InputOf, Schema } from "./schema.ts";

/*
 * Verdicts on arguments. A method takes `Verdict<A, ...>` or `A & Verdict<A, ...>`, which is `A` where all is well, and
 * has an `Invalid` where it is not, whose sentence the compiler prints. Were the rule in the constraint of `A`, the
 * compiler would print the constraint instead, which is a page long and says nothing in words.
 */

/** An executable value that takes this input. */
export interface Takes<in Last> {
  readonly "~run": (last: Last) => unknown;
}
/** A workflow that somebody forgot to build: accepted by constraints, so that the verdict can say so. */
export interface Unbuilt {
  readonly build: () => unknown;
}

/** What an executable value gives when it runs. */
export type Given<E> = E extends { readonly "~run": (last: never) => infer R } ? R : never;

/** What is no step, but is often put where one should be: accepted by constraints, so that the verdict can say what a step is. */
export type Misfit = Unbuilt | string | number | boolean | null | PromiseLike<unknown> | readonly unknown[];

/** What stands for a step beside functions: an agent, a team, a `step()` value, a plan, or what is none of them, for the verdict to name. */
export type StepValue = Takes<never> | Misfit;

/*
 * A sentence for a whole argument is a literal type, of which the compiler prints nothing but the sentence. `Invalid` is for
 * what is intersected with the argument's own type (a number and a sentence would be `never`), and for strings, where an
 * editor would offer the sentence as a completion.
 */

/** An executable value that can run on what came last. Of a function nothing is inferred for `E`, which is then its own constraint. */
export type Fitting<E, Last> = [Takes<never>] extends [E]
  ? never
  : E extends Takes<Last>
    ? E
    : E extends Takes<never>
      ? "its input does not fit the last output: add { input: (ctx) => ... }"
      : NoStep<E>;
/** An executable value, whatever it takes. */
export type AnyFitting<E> = [Takes<never>] extends [E] ? never : E extends Takes<never> ? E : NoStep<E>;

type NoStep<E> = E extends Unbuilt
  ? "call .build() on it first"
  : E extends PromiseLike<unknown>
    ? "a step is not a promise: write () => promise"
    : Invalid<"a step is a function of the context, an agent, a step() value or a plan">;

/** A plan that can run here under its own name. */
export type Usable<P, Last, Taken> = P extends { readonly name: infer Name extends string; readonly "~run": (last: never) => unknown }
  ? string extends Name
    ? "use() needs a plan whose name is a string literal: write .then(id, plan)"
    : Name extends Taken
      ? `step "${Name}" already exists in this workflow: write .then(id, plan)`
      : P extends Takes<Last>
        ? P
        : "its input does not fit the last output: write .then(id, plan, { input: (ctx) => ... })"
  : "call .build() on it first";

/** What is wrong with arms, by arm. The condition always holds, as in arms.ts: an editor would show the arms once more, under the alias. */
export type FittingArms<A, Last> = keyof A extends PropertyKey ? { readonly [Name in keyof A]: FittingArm<A[Name], Last> } : never;
/** The same of an array of `step()` values: a mapped type takes an array item by item only where no condition stands before it. */
type FittingSteps<A extends AnySteps, Last> = { readonly [Place in keyof A]: FittingArm<A[Place], Last> };
/** The same for `.parallel`: arms from a function are judged by the function's return type. */
export type FittingParallel<A, Last> = AnySteps extends A
  ? unknown
  : A extends (...args: never) => unknown
    ? unknown
    : A extends readonly unknown[]
      ? A extends AnySteps
        ? FittingSteps<A, Last>
        : Invalid<"arms that are not step() values need names: write { name: arm }">
      : FittingArms<A, Last>;
/** What is wrong with one arm; `unknown` if nothing is. (`Takes<never>` extends only the constraint: see `IsUnseen`.) */
export type FittingArm<X, Last> =
  Takes<never> extends X
    ? unknown
    : X extends (...args: never) => unknown
      ? unknown
      : X extends { readonly do: infer Do }
        ? FittingDo<X, Do, Last> & FittingUndo<X, OutputOf<ResultOf<Do>>> & OnlyKeys<X, "do" | "input" | "timeout" | "retries" | "undo">
        : X extends { readonly flow: unknown }
          ? FittingFlow<X> & OnlyKeys<X, "flow">
          : X extends Takes<never>
            ? X extends Takes<Last>
              ? unknown
              : Invalid<"its input does not fit the last output: write { do, input: (ctx) => ... }">
            : X extends Unbuilt
              ? Invalid<"call .build() first, or write { flow: (b) => b.then(...) }">
              : X extends PromiseLike<unknown>
                ? Invalid<"an arm is not a promise: write () => promise">
                : Invalid<"an arm is a function of the context, an agent, a step() value, a plan, { do } or { flow }">;
type FittingFlow<X> = X extends { readonly flow: (builder: never) => { readonly "~flow": { readonly "~kind": "flow" } } }
  ? unknown
  : { readonly flow: Invalid<"a flow returns the chain that it was given, grown: (b) => b.then(...)"> };
/** An arm's options are inferred, and inferred objects are not checked for keys too many: a misspelt option would pass. */
type OnlyKeys<X, Known extends string> = [Exclude<keyof X, Known>] extends [never]
  ? unknown
  : { readonly [Extra in Exclude<keyof X, Known>]: Invalid<`an arm takes no "${Extra & string}"`> };
type FittingDo<X, Do, Last> = X extends { readonly input: (ctx: never) => infer Input }
  ? Do extends { readonly "~input": (given: infer Given) => void }
    ? Awaited<Input> extends Given
      ? unknown
      : { readonly input: () => Given }
    : { readonly input: Invalid<"a function takes no input: read what it needs from its context"> }
  : Do extends Takes<never>
    ? Do extends Takes<Last>
      ? unknown
      : { readonly do: Invalid<"its input does not fit the last output: add input: (ctx) => ..."> }
    : Do extends (...args: never) => unknown
      ? unknown
      : { readonly do: NoStep<Do> };
type FittingUndo<X, Output> = X extends { readonly undo: UndoOf<infer Expected> }
  ? Output extends Expected
    ? unknown
    : { readonly undo: Invalid<"undo expects another output than the arm gives"> }
  : unknown;
type UndoOf<Output> = ((output: Output, ctx: never) => unknown) | { readonly run: (output: Output, ctx: never) => unknown };

/** What is wrong with the arms of a branch. */
export type FittingBranch<A, Yes, No> = string extends keyof A
  ? unknown // the first pass of inference, in which `A` is still its own constraint
  : ["yes"] extends [keyof A]
    ? {
        readonly [Name in keyof A]: Name extends "yes"
          ? FittingArm<A[Name], Yes>
          : Name extends "no"
            ? FittingArm<A[Name], No>
            : Invalid<"a branch has the arms yes and no">;
      }
    : Invalid<"a branch needs the arm yes: { yes, no }, of which no may be left out">;

/** What is wrong with arms by route: one is missing, one is never chosen, or one does not fit. */
export type FittingRoutes<A, Key extends PropertyKey, Verdicts> = [Key] extends [never]
  ? unknown // the first pass of inference, in which the selector has not been looked at
  : [Key] extends [keyof A]
    ? Verdicts & NeverChosen<Exclude<keyof A, Key>>
    : string extends Key
      ? Invalid<"the selector may give any text: let it give literal types, and an arm for each">
      : { readonly [Name in Exclude<Key, keyof A>]: Invalid<"add this arm"> };
/** What is wrong with a discriminant: a variant has no arm. Said there because arms print as long as they are. */
export type EachHandled<A, Name extends PropertyKey> = [Name] extends [keyof A]
  ? unknown
  : Invalid<`add an arm for "${Exclude<Name, keyof A> & string}"`>;
type NeverChosen<Name extends PropertyKey> = [Name] extends [never]
  ? unknown
  : { readonly [Extra in Name]: Invalid<`no route goes to "${Extra & string}"`> };

/** A schema that accepts what the workflow gives. */
export type Accepting<Validator extends Schema, Last> = [Last] extends [InputOf<Validator>]
  ? Validator
  : "the schema does not accept what the last step gives";

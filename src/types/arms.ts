import type { Executable, PromptInput } from "./executable.ts";
import type { Settled } from "./failure.ts";
import type { NamesIn, ValueIn } from "./names.ts";
import type { StepOptions, Undo } from "./options.ts";
import type { ErrorOf, InnerOf, OutputOf, Published } from "./outputs.ts";
import type { Misfit, Takes } from "./verdicts.ts";

/*
 * Arms: what stands under a key in `.parallel(id, { key: arm })` and its kin.
 *
 * `Arm` is a constraint only: it gives an arm's functions their context, but mentions no output. An output in a
 * constraint becomes a contextual return type, and leaks into calls inside the arm. What an arm gives is read from its
 * own type afterwards, with `ResultOf`; whether it fits is said by `FittingArms`.
 */

/** A chain in an arm, grown from the builder that the arm was given. */
export interface Flow<out R> {
  readonly "~flow": R;
}
interface IsFlow {
  readonly "~flow": { readonly "~kind": "flow" };
}

/** An arm with options of its own. */
export interface ArmWithOptions<Ctx> extends StepOptions {
  /** A function of the context, or an executable value. */
  readonly do: ((ctx: Ctx) => unknown) | Takes<never> | Misfit;
  /** Builds the executable's input from the context; for an agent its prompt: text, parts or messages. */
  readonly input?: (ctx: Ctx) => PromptInput | Anything;
  /** Takes back what the arm did, once the run has failed for good. Give its parameter the arm's output as its type. */
  readonly undo?: ArmUndo<Ctx> | { readonly run: ArmUndo<Ctx>; readonly timeout?: number; readonly retries?: StepOptions["retries"] };
}
/** What an executable takes is known to `FittingArm` only. Prompts are named beside it so that their literals keep their types. */
// biome-ignore lint/complexity/noBannedTypes: everything, but not `unknown`, which would absorb what stands beside it.
export type Anything = {} | null | undefined;
/** Written as a method, whose parameters may be narrowed: the output is known, but not to this constraint. */
type ArmUndo<Ctx> = { undo(output: unknown, ctx: Ctx): unknown }["undo"];

/**
 * One arm: a function of the context, an executable value, either of them with options (`{ do, timeout, retries, undo,
 * input }`), or a nested chain (`{ flow: (b) => b.then(...) }`).
 */
export type Arm<Ctx, Builder> =
  | ((ctx: Ctx) => unknown)
  | Takes<never>
  | ArmWithOptions<Ctx>
  | { readonly flow: (builder: Builder) => unknown };

/** Arms by name. Whether they are any is said by `FittingArms`. */
export interface Arms<Ctx, Builder> {
  readonly [name: string]: Arm<Ctx, Builder> | Misfit;
}

/** The arms of `.parallel`: an object, an array of `step()` values, or a function of a builder, from which chains can grow. */
export type ParallelArms<Ctx, Builder> =
  | Arms<Ctx, Builder>
  | readonly unknown[]
  | ((builder: Builder) => { readonly [name: string]: Arm<Ctx, Builder> | IsFlow });
export type AnySteps = readonly (Takes<never> & { readonly id: string })[];
/** They as an object. */
export type ByName<A> = AnySteps extends A
  ? Unseen
  : A extends (builder: never) => infer Arms
    ? Arms
    : A extends readonly { readonly id: string }[]
      ? { readonly [S in A[number] as S["id"]]: S }
      : A extends readonly unknown[]
        ? unknown
        : A;

/** `A` is still its own constraint (see `IsUnseen`). */
interface Unseen {
  readonly unseen: Takes<never>;
}

/** The body of a loop or a map: a function of the context, an executable value, either with options, or a nested chain. */
export type Body<Ctx, Last, Builder, R, In, Taken> =
  | ((ctx: Ctx) => R)
  | Executable<Taken, R, never>
  | { readonly flow: (builder: Builder) => Flow<R> }
  | BodyWithOptions<Ctx, Last, R>
  | AdaptedBody<Ctx, R, In>;
interface BodyWithOptions<Ctx, Last, R> extends StepOptions {
  /** A function of the context, or an executable value. */
  readonly do: ((ctx: Ctx) => R) | Executable<Last, R, never>;
  readonly input?: never;
  /** Takes back what one turn or item did, once the run has failed for good. */
  readonly undo?: Undo<OutputOf<R>, Ctx>;
}
interface AdaptedBody<Ctx, R, In> extends StepOptions {
  /** An executable value that takes what `input` builds. */
  readonly do: Executable<never, R, In>;
  /** Builds the executable's input from the context; for an agent its prompt: text, parts or messages. */
  readonly input: (ctx: Ctx) => In | PromiseLike<In>;
  /** Takes back what one turn or item did, once the run has failed for good. */
  readonly undo?: Undo<OutputOf<R>, Ctx>;
}

/** What an arm gives, as the one type that `OutputOf`, `ErrorOf` and their kin read. */
export type ResultOf<A> = A extends (...args: never) => infer R
  ? R
  : A extends { readonly do: infer Do }
    ? ResultOf<Do>
    : A extends { readonly flow: (builder: never) => Flow<infer R> }
      ? R
      : A extends Flow<infer R>
        ? R
        : A extends Executable<never, infer R, never>
          ? R
          : never;

/*
 * `keyof A extends PropertyKey` always holds. It is there because a type that a conditional picks carries no alias: an
 * editor then shows what it is, `{ readonly web: string }`, and not how it was made, `OutputsOf<{ web: Agent<string> }>`.
 */

/** Outputs by arm, all there. */
export type OutputsOf<A> = keyof A extends PropertyKey ? { readonly [Name in keyof A]: OutputOf<ResultOf<A[Name]>> } : never;
/** Outputs by arm, of those that were taken. */
export type SomeOutputs<A> = keyof A extends PropertyKey ? { readonly [Name in keyof A]?: OutputOf<ResultOf<A[Name]>> } : never;
/** One of the arms' outputs. */
export type AnyOutput<A> = keyof A extends PropertyKey ? { [Name in keyof A]: OutputOf<ResultOf<A[Name]>> }[keyof A] : never;
/** `{ route, output }` of the arm that was taken. */
export type RoutedOutput<A> = keyof A extends PropertyKey
  ? { [Name in keyof A]: { readonly route: Name; readonly output: OutputOf<ResultOf<A[Name]>> } }[keyof A]
  : never;
/** What a branch gives; without `no`, what came before passes through. */
export type EitherOutput<A, Passed> = [A] extends [{ readonly no: unknown }] ? AnyOutput<A> : AnyOutput<A> | Passed;
/** Every arm's outcome. */
export type SettledOutputs<A> = keyof A extends PropertyKey
  ? { readonly [Name in keyof A]: Settled<OutputOf<ResultOf<A[Name]>>, ErrorOf<ResultOf<A[Name]>>> }
  : never;
/** The errors that the arms return. */
export type ErrorsOf<A> = keyof A extends PropertyKey ? { [Name in keyof A]: ErrorOf<ResultOf<A[Name]>> }[keyof A] : never;

/** The steps inside the arms' nested chains, as a union by arm. */
type InnerSteps<A> = { [Name in keyof A]: InnerOf<ResultOf<A[Name]>> }[keyof A];
/** The steps that a group publishes when all arms run: the arms, and what is inside them. */
export type ArmSteps<A, Inner = InnerSteps<A>> = keyof A extends PropertyKey
  ? { readonly [Name in keyof A | NamesIn<Inner>]: ArmStep<A, Inner, Name> }
  : never;
/** The same when an arm may not have run, or not have ended well. */
export type MaybeArmSteps<A, Inner = InnerSteps<A>> = keyof A extends PropertyKey
  ? { readonly [Name in keyof A | NamesIn<Inner>]: ArmStep<A, Inner, Name> | undefined }
  : never;
type ArmStep<A, Inner, Name> = Name extends keyof A ? Published<ResultOf<A[Name]>> : ValueIn<Inner, Name>;
/** Arms by outcome, what is inside them by value. */
export type SettledSteps<A, Inner = InnerSteps<A>> = keyof A extends PropertyKey
  ? {
      readonly [Name in keyof A | NamesIn<Inner>]: Name extends keyof A
        ? Settled<OutputOf<ResultOf<A[Name]>>, ErrorOf<ResultOf<A[Name]>>>
        : ValueIn<Inner, Name> | undefined;
    }
  : never;
/** What is inside the arms alone: the keys of a branch or a route are no steps. */
export type MaybeInnerSteps<A, Inner = InnerSteps<A>> = keyof A extends PropertyKey
  ? { readonly [Name in NamesIn<Inner>]: ValueIn<Inner, Name> | undefined }
  : never;

/**
 * Names that a group's arms bring and that are taken: an arm's key by the group or a step before, an inner name by the
 * group, by an arm, or by another arm's inner step.
 */
export type ClashTogether<Id, A, Taken> =
  IsUnseen<A> extends true
    ? never
    : (keyof A & (Taken | Id)) | { [Name in keyof A]: InnerNames<A[Name]> & (Id | keyof A | InnerNamesBeside<A, Name>) }[keyof A];
/** The same for arms of which several may be taken, and whose keys are no steps. */
export type ClashAmong<Id, A> =
  IsUnseen<A> extends true ? never : { [Name in keyof A]: InnerNames<A[Name]> & (Id | InnerNamesBeside<A, Name>) }[keyof A];
/** The same for arms of which one is taken: they may share names. */
export type ClashApart<Id, A> = IsUnseen<A> extends true ? never : { [Name in keyof A]: InnerNames<A[Name]> }[keyof A] & Id;
type InnerNamesBeside<A, Name> = { [Other in Exclude<keyof A, Name>]: InnerNames<A[Other]> }[Exclude<keyof A, Name>];
/** Of an arm with a mistake in it the compiler knows nothing, and every name would seem taken: the mistake is error enough. */
type InnerNames<X> = Known<keyof InnerOf<ResultOf<X>>>;
type Known<Names> = string extends Names ? never : Names;

/**
 * Whether the compiler has not looked at the arms yet: in its first pass, `A` is still its own constraint, which alone
 * takes any executable. To judge that would be wrong, and cost more than to judge the arms.
 */
export type IsUnseen<A> = Takes<never> extends A[keyof A] ? true : false;

import type { Executable } from "./executable.ts";
import type { Settled } from "./failure.ts";
import type { NamesIn, ValueIn } from "./names.ts";
import type { StepOptions, Undo } from "./options.ts";
import type { ErrorOf, InnerOf, OutputOf, Published } from "./outputs.ts";
import type { Takes } from "./verdicts.ts";

/*
 * Arms: what stands under a key in `.parallel(id, { key: arm })` and its kin.
 *
 * `Arm` and `Arms` are constraints only: they give an arm's function its context and refuse what does not fit, but they
 * mention no output. An output in a constraint becomes a contextual return type, and leaks into calls inside the arm.
 * What an arm gives is read from its own type afterwards, with `ResultOf`.
 */

/** A chain in an arm, grown from the builder that the arm was given. */
export interface Flow<out R> {
  readonly "~flow": R;
}

interface TakesByHand<in Given> {
  readonly "~input": (given: Given) => void;
}
interface IsFlow {
  readonly "~flow": { readonly "~kind": "flow" };
}

interface PlainArm<Ctx, Last> extends StepOptions {
  readonly do: ((ctx: Ctx) => unknown) | Takes<Last>;
  readonly input?: undefined;
  readonly undo?: Undo<never, Ctx>;
}
interface AdaptedArm<Ctx> extends StepOptions {
  readonly do: TakesByHand<never>;
  readonly input: (ctx: Ctx) => unknown;
  readonly undo?: Undo<never, Ctx>;
}

/**
 * One arm: a function of the context, an executable value, either of them with options (`{ do, timeout, retries, undo,
 * input }`), or a nested chain (`{ flow: (b) => b.then(...) }`).
 */
export type Arm<Ctx, Last, Builder> =
  | ((ctx: Ctx) => unknown)
  | Takes<Last>
  | { readonly flow: (builder: Builder) => IsFlow }
  | PlainArm<Ctx, Last>
  | AdaptedArm<Ctx>;

/** Arms by name; inside `.parallel((b) => ({...}))` a chain grown from `b` may stand for itself. */
export interface Arms<Ctx, Last, Builder> {
  readonly [name: string]: Arm<Ctx, Last, Builder> | IsFlow;
}

/** The body of a loop or a map. */
export type Body<Ctx, Last, Builder, R> =
  | ((ctx: Ctx) => R)
  | Executable<Last, R, never>
  | { readonly flow: (builder: Builder) => Flow<R> };

/** What an arm gives, as the one type that `OutputOf`, `ErrorOf` and their kin read. */
export type ResultOf<A> = A extends (...args: any) => infer R
  ? R
  : A extends { readonly do: infer Do }
    ? ResultOf<Do>
    : A extends { readonly flow: (builder: any) => Flow<infer R> }
      ? R
      : A extends Flow<infer R>
        ? R
        : A extends Executable<any, infer R, never>
          ? R
          : never;

/*
 * `keyof A extends PropertyKey` always holds. It is there because a type that a conditional picks carries no alias: an
 * editor then shows what it is, `{ readonly web: string }`, and not how it was made, `OutputsOf<{ web: Agent<...> }>`.
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
/** Every arm's outcome. */
export type SettledOutputs<A> = keyof A extends PropertyKey
  ? { readonly [Name in keyof A]: Settled<OutputOf<ResultOf<A[Name]>>, ErrorOf<ResultOf<A[Name]>>> }
  : never;
export type ErrorsOf<A> = keyof A extends PropertyKey ? { [Name in keyof A]: ErrorOf<ResultOf<A[Name]>> }[keyof A] : never;

/** The steps inside the arms' nested chains, as a union by arm. */
export type InnerSteps<A> = { [Name in keyof A]: InnerOf<ResultOf<A[Name]>> }[keyof A];
/** The steps that a group publishes when all arms run: the arms, and what is inside them. */
export type ArmSteps<A, Inner = InnerSteps<A>> = {
  readonly [Name in keyof A | NamesIn<Inner>]: Name extends keyof A ? Published<ResultOf<A[Name]>> : ValueIn<Inner, Name>;
};
/** The same when some arms may not have run, or not have ended well. */
export type MaybeArmSteps<A, Inner = InnerSteps<A>> = {
  readonly [Name in keyof A | NamesIn<Inner>]:
    | (Name extends keyof A ? Published<ResultOf<A[Name]>> : ValueIn<Inner, Name>)
    | undefined;
};
/** Arms by outcome, what is inside them by value. */
export type SettledSteps<A, Inner = InnerSteps<A>> = {
  readonly [Name in keyof A | NamesIn<Inner>]: Name extends keyof A
    ? Settled<OutputOf<ResultOf<A[Name]>>, ErrorOf<ResultOf<A[Name]>>>
    : ValueIn<Inner, Name> | undefined;
};
/** What is inside the arms alone: the keys of a route are no steps. */
export type MaybeInnerSteps<A, Inner = InnerSteps<A>> = {
  readonly [Name in NamesIn<Inner>]: ValueIn<Inner, Name> | undefined;
};

/** Arms that are given as an array of `step()` values go by their ids. */
export type ById<A> = A extends readonly { readonly id: string }[] ? { [S in A[number] as S["id"]]: S } : A;

/**
 * Names that a group's arms bring and that are taken: an arm's key by the group or a step before, an inner name by the
 * group, by an arm, or by another arm's inner step. `string extends keyof A` is the first pass of inference, in which
 * `A` is still its own constraint.
 */
export type ClashTogether<Id, A, Taken> = string extends keyof A
  ? never
  : (keyof A & (Taken | Id)) | { [Name in keyof A]: keyof InnerOf<ResultOf<A[Name]>> & (Id | keyof A | InnerNamesBeside<A, Name>) }[keyof A];
type InnerNamesBeside<A, Name> = NamesIn<InnerSteps<Omit<A, Name & PropertyKey>>>;
/** The same for arms of which several may be taken, whose keys are no steps. */
export type ClashAmong<Id, A> = {
  [Name in keyof A]: keyof InnerOf<ResultOf<A[Name]>> & (Id | InnerNamesBeside<A, Name>);
}[keyof A];
/** The same for arms of which one is taken: they may share names. */
export type ClashApart<Id, A> = NamesIn<InnerSteps<A>> & Id;

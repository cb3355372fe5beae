import type { Result } from "neverthrow";
import type { AnyOutput } from "./arms.ts";
import type { Packed, PackedKind } from "./outputs.ts";

/* What single methods of the builder need to read their arguments. */

/** `last` where a branch's condition held; only a type guard narrows it. */
export type Narrowed<When, Last> = When extends (last: any, ...rest: any) => last is infer Yes
  ? Yes extends Last
    ? Yes
    : Last & Yes
  : Last;
/** `last` where it did not hold. */
export type Rest<When, Last> = When extends (last: any, ...rest: any) => last is infer Yes ? Exclude<Last, Yes> : Last;
/** What a branch gives: without `no`, `last` passes through. */
export type EitherOutput<A, Passed> = [A] extends [{ readonly no: any }] ? AnyOutput<A> : AnyOutput<A> | Passed;

/** The variant of a discriminated union that an arm of `routeBy` handles. */
export type Variant<Last, Key extends keyof Last, Name> = Extract<Last, { readonly [K in Key]: Name }>;

/** What a loop's body may return: its output is its next turn's input. */
export type Feeds<Last> = Last | PromiseLike<Last | Result<Last, unknown>> | Result<Last, unknown> | Packed<Last, unknown, unknown, PackedKind>;

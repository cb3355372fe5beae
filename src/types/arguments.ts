import type { Result } from "neverthrow";
import type { Packed, PackedKind } from "./outputs.ts";

/* What single methods of the builder need to read their arguments. */

/** `last` where a branch's condition held; only a type guard narrows it. */
export type Narrowed<When, Last> = When extends Guard<infer Yes> ? (Yes extends Last ? Yes : Last & Yes) : Last;
/** `last` where it did not hold. */
export type Rest<When, Last> = When extends Guard<infer Yes> ? Exclude<Last, Yes> : Last;
// biome-ignore lint/suspicious/noExplicitAny: a predicate's type must fit its parameter's, and only `any` takes every parameter and fits every type.
type Guard<Yes> = (last: any, ...rest: never) => last is Yes;

/** The variant of a discriminated union that an arm of `routeBy` handles. */
export type Variant<Last, Key extends keyof Last, Name> = Extract<Last, { readonly [K in Key]: Name }>;

/** What a loop's body may return: its output is its next turn's input. */
// biome-ignore-start lint/suspicious/noExplicitAny: see `OkOf` in outputs.ts.
export type Feeds<Last> = Last | PromiseLike<Last | Result<Last, any>> | Result<Last, any> | Packed<Last, unknown, unknown, PackedKind>;
// biome-ignore-end lint/suspicious/noExplicitAny: see `OkOf` in outputs.ts.

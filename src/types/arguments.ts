import type { Result } from "neverthrow";
import type { Anything } from "./arms.ts";
import type { FreshGroup, Invalid } from "./names.ts";
import type { InnerOf, OutputOf, Packed, PackedKind } from "./outputs.ts";

/* What single methods of the builder need to read their arguments. */

/** `last` where a branch's condition held; only a type guard narrows it. */
export type Narrowed<When, Last> = When extends Guard<infer Yes> ? (Yes extends Last ? Yes : Last & Yes) : Last;
/** `last` where it did not hold. */
export type Rest<When, Last> = When extends Guard<infer Yes> ? Exclude<Last, Yes> : Last;
// biome-ignore lint/suspicious/noExplicitAny: a predicate's type must fit its parameter's, and only `any` takes every parameter and fits every type.
type Guard<Yes> = (last: any, ...rest: never) => last is Yes;

/** The variant of a discriminated union that an arm of `routeBy` handles. */
export type Variant<Last, Key extends keyof Last, Name> = Extract<Last, { readonly [K in Key]: Name }>;

/**
 * What a loop's body returns: its output is its next turn's input. Anything else is let through to `FedLoop`, which says so in
 * words; the union is there so that literals keep their types.
 */
// biome-ignore-start lint/suspicious/noExplicitAny: see `OkOf` in outputs.ts.
export type Returned<Last> =
  | Anything
  | Last
  | PromiseLike<Last | Result<Last, any>>
  | Result<Last, any>
  | Packed<Last, unknown, unknown, PackedKind>;
// biome-ignore-end lint/suspicious/noExplicitAny: see `OkOf` in outputs.ts.
/*
 * Whether a body fits is said in the place of the step's id. Said in the body's own place, it would make that a conditional
 * type, through which the compiler does not infer the output of `{ do, undo }` before it looks at `undo`.
 */

/** The id of a loop, if its body takes what it gives. `Taken` is what an executable takes. */
export type FedLoop<Id extends string, R, Last, Taken, Used> = [OutputOf<R>] extends [Last]
  ? FedMap<Id, R, Last, Taken, Used>
  : Invalid<"the body's output must fit its own input: it feeds the next turn">;
/** The id of a map, if its body takes the items. */
export type FedMap<Id extends string, R, Item, Taken, Used> = [Item] extends [Taken]
  ? FreshGroup<Id, keyof InnerOf<R> & Id, Used>
  : Invalid<"the body does not take what it is given: write { do, input: (ctx) => ... }">;
/** An item, as long as the function that lists them has not been read: it fits all, so that the first complaint is the true one. */
// biome-ignore lint/suspicious/noExplicitAny: with `unknown` every body would be refused, with `never` the list of items.
export type Unread = any;

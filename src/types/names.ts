/*
 * Step names, and the records of what they stand for. Each record type begins with a condition that always holds
 * (`[Names] extends [PropertyKey]`): a type that a conditional picks carries no alias, so that an editor shows what it is,
 * `{ readonly draft: string }`, and not how it was made, `Steps<...>`.
 */

/**
 * The outputs as a user sees them: `{ readonly draft: string; readonly review: Review }`.
 *
 * `Names` is a parameter of its own so that the mapped type is not homomorphic: `[Name in keyof S]` would look every
 * name up in every member of the intersection, at every step.
 */
export type Steps<S, Names extends PropertyKey = keyof S> = [Names] extends [PropertyKey]
  ? { readonly [Name in Names]: Name extends keyof S ? S[Name] : never }
  : never;

/** Steps that may not have run. */
export type Optional<S, Names extends PropertyKey = keyof S> = [Names] extends [PropertyKey]
  ? { readonly [Name in Names]: Name extends keyof S ? S[Name] | undefined : never }
  : never;

/** All keys that occur in any member of a union. */
export type NamesIn<Union> = Union extends unknown ? keyof Union : never;
/** What stands under `Name` in the members of a union that have it. */
export type ValueIn<Union, Name> = Union extends unknown ? (Name extends keyof Union ? Union[Name] : never) : never;

/**
 * The type of a parameter that cannot be satisfied, with the reason for the compiler to print. An interface and not the
 * sentence itself as a literal type, because editors would offer the sentence as a completion.
 */
export interface Invalid<out Why extends string> {
  readonly "~invalid": Why;
}

/** A step's id: a literal that no step before has. */
export type Fresh<Id extends string, Taken> = string extends Id
  ? Invalid<"a step's id must be a string literal, so that later steps can read its output by name">
  : Id extends Taken
    ? Invalid<`step "${Id}" already exists in this workflow`>
    : Id;

/** The same for a group whose arms bring names too; `Clash` is the union of the names that are taken. */
export type FreshGroup<Id extends string, Clash, Taken> = [Clash] extends [never]
  ? Fresh<Id, Taken>
  : Invalid<`step "${Clash & string}" already exists in this workflow`>;

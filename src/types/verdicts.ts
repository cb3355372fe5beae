import type { Invalid } from "./names.ts";

/*
 * Verdicts on arguments: a method takes `Verdict<A, ...>`, which is `A` where all is well and otherwise an `Invalid`, whose
 * sentence the compiler prints. Were the rule in the constraint of `A`, the compiler would print the constraint instead,
 * which is a page long and says nothing in words.
 */

/** An executable value that takes this input. */
export interface Takes<in Last> {
  readonly "~run": (last: Last) => unknown;
}
/** A workflow that somebody forgot to build: accepted by constraints, so that the verdict can say so. */
export interface Unbuilt {
  readonly build: () => unknown;
}
/** What it gives when it runs. */
export type Given<E> = E extends { readonly "~run": (last: never) => infer R } ? R : never;

/** An executable value that can run on what came last. */
export type Fitting<E, Last> = E extends Takes<Last>
  ? E
  : E extends Takes<never>
    ? Invalid<"its input does not fit the last output: add { input: (ctx) => ... }">
    : Built<E>;

/** An executable value; not a builder. */
export type Built<E> = E extends Takes<never> ? E : Invalid<"call .build() on this workflow first">;

/** A plan that can run here under its own name. */
export type Usable<P, Last, Taken> = P extends { readonly name: infer Name extends string; readonly "~run": (last: never) => unknown }
  ? string extends Name
    ? Invalid<"use() needs a plan whose name is a string literal: write .then(id, plan)">
    : Name extends Taken
      ? Invalid<`step "${Name}" already exists in this workflow: write .then(id, plan)`>
      : P extends Takes<Last>
        ? P
        : Invalid<"its input does not fit the last output: write .then(id, plan, { input: (ctx) => ... })">
  : Invalid<"call .build() on this workflow first">;

/** Whether the arms are those that the selector can give. (`string` is the key before the selector has been looked at.) */
export type Routes<A, Key extends PropertyKey> = string extends Key
  ? unknown
  : MissingRoutes<Exclude<Key, keyof A>> & ExtraRoutes<Exclude<keyof A, Key>>;
type MissingRoutes<Key extends PropertyKey> = [Key] extends [never]
  ? unknown
  : { readonly [Name in Key]: Invalid<`add an arm for route "${Name & string}"`> };
type ExtraRoutes<Key extends PropertyKey> = [Key] extends [never]
  ? unknown
  : { readonly [Name in Key]: Invalid<`no route goes to "${Name & string}"`> };

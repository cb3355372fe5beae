import type { Err, Ok } from "neverthrow";
import type { Steps } from "./names.ts";

/*
 * What a step hands on. A function may return `T`, `Promise<T>`, `Result<T, E>`, `Promise<Result<T, E>>` or
 * `ResultAsync<T, E>`; an executable value (agent, step, plan, nested chain) returns `Packed`. Both are one type
 * parameter `R` wherever they are inferred: one inference site costs half of two, and needs no defaults.
 */

/** What kind of executable packed its outputs: `flow` gives its steps to the chain around it, `plan` keeps them under its own name. */
export type PackedKind = "leaf" | "plan" | "flow" | "draft";

/** All that an executable value hands back. It exists at compile time only. */
export interface Packed<out Output, out Failure, out InnerSteps, out Kind extends PackedKind> {
  readonly "~output": Output;
  readonly "~failure": Failure;
  readonly "~steps": InnerSteps;
  readonly "~kind": Kind;
}

/** The same of what has no steps inside: an agent, or a `step()` value. */
export interface Gives<out Output, out Failure> extends Packed<Output, Failure, unknown, "leaf"> {}
/** The same of a plan, whose steps stay readable under its own name. */
export interface GivesSteps<out Output, out Failure, out InnerSteps> extends Packed<Output, Failure, InnerSteps, "plan"> {}

type IsAny<T> = 0 extends 1 & T ? true : false;
// biome-ignore-start lint/suspicious/noExplicitAny: `any` matches at once; with `unknown`, the compiler compares neverthrow's classes member by member, 55,000 instantiations for every user.
type OkOf<T> = IsAny<T> extends true ? T : T extends Ok<infer Value, any> ? Value : T extends Err<any, any> ? never : T;
type ErrOf<T> = IsAny<T> extends true ? never : T extends Err<any, infer Error> ? Error : never;
// biome-ignore-end lint/suspicious/noExplicitAny: as above

/** The output: what the next step sees as `last`. */
export type OutputOf<R> =
  IsAny<R> extends true ? R : R extends Packed<infer Output, unknown, unknown, PackedKind> ? Output : OkOf<Awaited<R>>;

/** The errors that it returns (not what it throws: nobody can type that). */
export type ErrorOf<R> =
  IsAny<R> extends true ? never : R extends Packed<unknown, infer Failure, unknown, PackedKind> ? Failure : ErrOf<Awaited<R>>;

/** What later steps read as `steps[id]`: the output, and for a sub-workflow `{ output, steps }`. */
export type Published<R> =
  IsAny<R> extends true
    ? R
    : R extends Packed<infer Output, unknown, infer Inner, infer Kind>
      ? Kind extends "plan"
        ? { readonly output: Output; readonly steps: Steps<Inner> }
        : Output
      : OkOf<Awaited<R>>;

/** The steps inside a nested chain, which become visible around it. */
export type InnerOf<R> = [R] extends [never]
  ? NoSteps
  : IsAny<R> extends true
    ? NoSteps
    : R extends Packed<unknown, unknown, infer Inner, "flow">
      ? Inner
      : NoSteps;
// biome-ignore lint/complexity/noBannedTypes: no names, and unlike `unknown` it stays a member of a union.
type NoSteps = {};

import type { Optional, Steps } from "./names.ts";

/*
 * A chain's outputs by name, kept so that a step costs the compiler the same at any length.
 *
 * A new step adds one record, `{ readonly draft: string }`, to an intersection: nothing that is there is made anew. But to
 * read one name from an intersection, the compiler looks into every member, and copies it once; so after 16 records the
 * intersection (a page) is sealed into one record. Reading then looks into at most 16 records and n/16 sealed pages, which
 * change only at every 16th step. docs/type-cost.md has the numbers, and what else was tried.
 *
 * A workflow's first 6 steps are on no page: the record that each builder shows looks a name up in what the last step
 * published, or else in the record of the builder before. That goes back one builder at a time, so it must not go on for
 * ever; but a short chain's type then has nothing in it that its user did not write.
 *
 * All of the names are known from the record of steps that a builder shows, whose keys the compiler has at hand.
 */

/** The last argument of a builder's type, for the compiler alone: the outputs of its steps as it can look them up fast. */
export interface Pages<out Page, out Earlier, out Line> {
  /** The page being written, as an intersection of one record per step. */
  readonly page: Page;
  /** Full pages, as an intersection of records. */
  readonly earlier: Earlier;
  /** How many lines the page has; before the first step, what may be declared still. */
  readonly line: Line;
}

/** The last argument of a builder's type while its workflow is short, for the compiler alone: `Line` counts its steps, which the builder's own record has. */
export interface First<out Line> extends Pages<unknown, unknown, Line> {}
/** No step yet: what is listed may still be declared. */
export interface Unwritten<out May extends "input" | "state"> extends First<May | "first"> {}
/** No step yet in a nested chain. */
export interface Blank extends Pages<unknown, unknown, "0"> {}

/** The count after each of the first steps; the type language cannot count. Numbers, where the lines of a page are text, so that the two are told apart. */
interface NextFirst {
  readonly input: 1;
  readonly state: 1;
  readonly first: 1;
  readonly 0: 1;
  readonly 1: 2;
  readonly 2: 3;
  readonly 3: 4;
  readonly 4: 5;
  readonly 5: 6;
}
type LastFirst = 6;

/** The line after each. */
interface NextLine {
  readonly "0": "1";
  readonly "1": "2";
  readonly "2": "3";
  readonly "3": "4";
  readonly "4": "5";
  readonly "5": "6";
  readonly "6": "7";
  readonly "7": "8";
  readonly "8": "9";
  readonly "9": "10";
  readonly "10": "11";
  readonly "11": "12";
  readonly "12": "13";
  readonly "13": "14";
  readonly "14": "15";
}
type LastLine = "15";

export type AnyPages = Pages<unknown, unknown, keyof NextFirst | LastFirst | keyof NextLine | LastLine>;

/** The pages with what one more step publishes, where the builder showed `Shown`. */
export type Grown<P extends AnyPages, Shown, Published> = P["line"] extends keyof NextLine
  ? Pages<P["page"] & Published, P["earlier"], NextLine[P["line"]]>
  : P["line"] extends keyof NextFirst
    ? First<NextFirst[P["line"]]>
    : P["line"] extends LastFirst
      ? Pages<Published, Shown, "1">
      : Pages<unknown, P["earlier"] & Steps<P["page"] & Published>, "0">;

/** The pages after a step that publishes nothing. */
export type Begun<P extends AnyPages> = "first" extends P["line"] ? First<0> : P;

/** The pages after a catch: none of the steps may have run. */
export type Doubted<P extends AnyPages> = P["line"] extends keyof NextFirst | LastFirst
  ? P
  : Pages<unknown, Optional<P["earlier"] & P["page"]>, "0">;
/** What a builder shows then. */
export type Doubtful<Names extends PropertyKey, P extends AnyPages, Shown, Around> = P["line"] extends keyof NextFirst | LastFirst
  ? Optional<Shown, Names>
  : Seen<Names, Doubted<P>, unknown, Shown, Around>;

/** All that is written, as one record. */
export type RecordOf<P extends AnyPages> = Steps<P["earlier"] & P["page"]>;

/**
 * The outputs as a user sees them: of the chain's own steps, and of those around it. `Before` is what the builder before
 * showed, which counts for the first steps only.
 */
export type Seen<
  Names extends PropertyKey,
  P extends AnyPages,
  Published,
  Before,
  Around,
  Page = P["page"],
  Earlier = P["earlier"],
> = P["line"] extends keyof NextFirst | LastFirst
  ? { readonly [Name in Names]: Name extends keyof Published ? Published[Name] : Name extends keyof Before ? Before[Name] : never }
  : {
      readonly [Name in Names]: Name extends keyof Page
        ? Page[Name]
        : Name extends keyof Earlier
          ? Earlier[Name]
          : Name extends keyof Around
            ? Around[Name]
            : never;
    };

/** The outputs as a plan's type lists them. */
export type EntriesOf<Shown> = [{ [Name in keyof Shown]: { readonly k: Name; readonly v: Shown[Name] } }[keyof Shown]] extends [
  infer Entry extends StepEntry,
]
  ? Entry
  : never;
/** A step's name and what it published. */
export interface StepEntry {
  readonly k: PropertyKey;
  readonly v: unknown;
}

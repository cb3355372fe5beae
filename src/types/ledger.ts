import type { Optional, Steps } from "./names.ts";

/*
 * A chain's outputs by name, kept so that a step costs the compiler the same at any length.
 *
 * A new step adds one record, `{ readonly draft: string }`, to an intersection: nothing that is there is made anew. But to
 * read one name from an intersection, the compiler looks into every member, and copies it once; so after 16 records the
 * intersection (a page) is sealed into one record. Reading then looks into at most 16 records and n/16 sealed pages, which
 * change only at every 16th step. docs/type-cost.md has the numbers, and what else was tried.
 */

/** What a chain's steps have published so far. */
export interface Ledger<out Pages, out Page, out Line, out Names> {
  /** Full pages, as an intersection of records. */
  readonly pages: Pages;
  /** The page being written, as an intersection of one record per step. */
  readonly page: Page;
  /** How many lines it has. */
  readonly line: Line;
  /** The names on all pages. */
  readonly names: Names;
}

/** The line after each; the type language cannot count. */
interface NextLine {
  readonly start: 1;
  readonly 0: 1;
  readonly 1: 2;
  readonly 2: 3;
  readonly 3: 4;
  readonly 4: 5;
  readonly 5: 6;
  readonly 6: 7;
  readonly 7: 8;
  readonly 8: 9;
  readonly 9: 10;
  readonly 10: 11;
  readonly 11: 12;
  readonly 12: 13;
  readonly 13: 14;
  readonly 14: 15;
  readonly 15: 0;
}
type LastLine = 15;

export type AnyLedger = Ledger<unknown, unknown, keyof NextLine, PropertyKey>;
/** No step yet: `.input()` and `.state()` may still be called. */
export type Unwritten = Ledger<unknown, unknown, "start", never>;
/** No step yet in a nested chain. */
export type Empty = Ledger<unknown, unknown, 0, never>;

/** The ledger with what one more step publishes. */
export type Grown<L extends AnyLedger, Published> = L["line"] extends LastLine
  ? Ledger<L["pages"] & Steps<L["page"] & Published>, unknown, 0, L["names"] | keyof Published>
  : Ledger<L["pages"], L["page"] & Published, NextLine[L["line"]], L["names"] | keyof Published>;

/** The ledger after a step that publishes nothing. */
export type Begun<L extends AnyLedger> = L["line"] extends "start" ? Empty : L;

/** The ledger after a catch: none of the steps may have run. */
export type Doubted<L extends AnyLedger> = Ledger<Optional<L["pages"] & L["page"], L["names"]>, unknown, 0, L["names"]>;

/** All that is written, as one record. */
export type RecordOf<L extends AnyLedger> = Steps<L["pages"] & L["page"], L["names"]>;
/** The ledger that a nested chain reads: everything around it on one page. */
export type Around<Own extends AnyLedger, Outer extends AnyLedger> = Ledger<
  Own["pages"] & Own["page"] & Outer["pages"],
  unknown,
  0,
  Own["names"] | Outer["names"]
>;

/** The outputs as a user sees them. */
export type Shown<
  Own extends AnyLedger,
  Outer extends AnyLedger,
  Page = Own["page"],
  Pages = Own["pages"],
  Around = Outer["pages"],
  Names extends PropertyKey = Own["names"] | Outer["names"],
> = [Names] extends [PropertyKey]
  ? {
      readonly [Name in Names]: Name extends keyof Page
        ? Page[Name]
        : Name extends keyof Pages
          ? Pages[Name]
          : Name extends keyof Around
            ? Around[Name]
            : never;
    }
  : never;

/** The outputs as a plan's type lists them. */
export type EntriesOf<L extends AnyLedger> = Listed<RecordOf<L>>;
type Listed<R> = [{ [Name in keyof R]: { readonly k: Name; readonly v: R[Name] } }[keyof R]] extends [infer Entry extends StepEntry]
  ? Entry
  : never;
/** A step's name and what it published. */
export interface StepEntry {
  readonly k: PropertyKey;
  readonly v: unknown;
}

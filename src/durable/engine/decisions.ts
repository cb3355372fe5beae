import type { Entry } from "../records/record.ts";

export type Decided = Extract<Entry, { readonly type: "decided" }>;

/**
 * What functions of the user's said between two steps. Asked again in a replay they could say something else: of an error
 * that was read back, say, which is of no class of the user's. So what they said is recorded, and a replay is told that.
 *
 * The record is written behind the entry that the question came of, and nothing waits for it: a kill may take it, with
 * all that came of it. Then the next owner asks again.
 */
export class Decisions {
  /** By question, in the order in which it was asked: what is known from the records. */
  readonly #recorded = new Map<string, Decided[]>();
  /** Those of the records that the run has come to. */
  readonly met = new Set<Decided>();
  /** What was asked for, and has no record yet: a replay writes nothing. */
  #unwritten: Decided[] = [];

  /** A replay may ask for it before it comes to where it was written. */
  know(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.type !== "decided") continue;
      const known = this.#recorded.get(entry.key);
      if (known === undefined) this.#recorded.set(entry.key, [entry]);
      else known.push(entry);
    }
  }

  /** What was said, or is now; throws what was thrown. */
  decide(key: string, ask: () => boolean): boolean {
    const { how, value } = this.recall(key) ?? this.#asked(key, ask);
    if (how === "thrown") throw value;
    return value as boolean;
  }

  /** What is recorded of a question, once; undefined where nothing is. */
  recall(key: string): Decided | undefined {
    const known = this.#recorded.get(key)?.shift();
    if (known !== undefined) this.met.add(known);
    return known;
  }

  /** It was asked, and is to be written. */
  say(entry: Decided): void {
    this.#unwritten.push(entry);
  }

  /** What is to be written: once. */
  unwritten(): readonly Decided[] {
    const entries = this.#unwritten;
    this.#unwritten = [];
    return entries;
  }

  #asked(key: string, ask: () => boolean): Decided {
    const entry = said(key, ask);
    this.say(entry);
    return entry;
  }
}

function said(key: string, ask: () => boolean): Decided {
  try {
    return { type: "decided", key, how: "value", value: ask() };
  } catch (thrown) {
    return { type: "decided", key, how: "thrown", value: thrown };
  }
}

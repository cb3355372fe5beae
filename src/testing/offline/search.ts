import MiniSearch from "minisearch";
import { words } from "./sentences.ts";

export interface Passage {
  readonly title: string;
  readonly text: string;
}

const stopWords = new Set(
  "a about all also an and any are as at be because been but by can could do does for from had has have how i if in into is it its may more most must my no not of on one only or our should so some such than that the their them then there these they this those to was we what when where which while who why will with without would you your".split(
    " ",
  ),
);

/** Folds case and the plural s, and drops words that say nothing of the subject. */
function term(word: string): string | null {
  const lower = word.toLowerCase();
  if (stopWords.has(lower)) return null;
  return lower.length > 3 && lower.endsWith("s") && !lower.endsWith("ss") ? lower.slice(0, -1) : lower;
}

export interface Search {
  /** The best passages, best first. Words of `leaning` count less than those of the query. */
  best(query: string, count: number, leaning?: string): readonly Passage[];
}

/** Ranks passages by BM25 (the library `minisearch` does the ranking). */
export function searchOver(passages: readonly Passage[]): Search {
  const index = new MiniSearch<{ id: number; text: string; title: string }>({
    fields: ["text", "title"],
    tokenize: (text) => [...words(text)],
    processTerm: term,
    searchOptions: { boost: { title: 0.5 } },
  });
  index.addAll(passages.map(({ title, text }, id) => ({ id, title, text })));
  return {
    best(query, count, leaning = "") {
      const own = new Set(words(query).map(term));
      const found = index.search(`${query} ${leaning}`, { boostTerm: (word) => (own.has(word) ? 1 : 0.7) });
      return found.slice(0, count).flatMap(({ id }) => passages[Number(id)] ?? []);
    },
  };
}

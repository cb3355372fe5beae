import type { Passage, Search } from "./search.ts";

const mostSentences = 5;
const perSource = 2;

/** The best sentences for a query, no more than two of one source. */
export function extract(search: Search, query: string, leaning: string): readonly Passage[] {
  const taken = new Map<string, number>();
  const found: Passage[] = [];
  for (const passage of search.best(query, 40, leaning)) {
    const count = taken.get(passage.title) ?? 0;
    if (count >= perSource || found.length >= mostSentences) continue;
    taken.set(passage.title, count + 1);
    found.push(passage);
  }
  return found;
}

/** Extracts as a researcher hands them on: each sentence with its source in brackets. */
export function findings(title: string, passages: readonly Passage[]): string {
  const head = `Findings on: ${title}`;
  if (passages.length === 0) return `${head}\n\nThe sources of this offline engine say nothing about it.`;
  return `${head}\n\n${passages.map(({ title: source, text }) => `- ${text} [${source}]`).join("\n")}`;
}

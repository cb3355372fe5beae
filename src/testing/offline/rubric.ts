import { looksLikeTitle } from "./brief.ts";
import { words } from "./sentences.ts";

/** What a review found. */
export interface Review {
  readonly pass: boolean;
  /** One concrete request for each check that failed. */
  readonly notes: readonly string[];
  /** 0 to 1; above 0.7 exactly when every check passed, so that a threshold and the verdict agree. */
  readonly score: number;
}

/** Whether a text has a section so headed, as a line of its own or as the start of a paragraph ("Sources: …"). */
export function hasSection(text: string, heading: string): boolean {
  return new RegExp(`^[#* \\t]*(?:${heading})[*]*[ \\t]*(?:$|:)`, "im").test(text);
}

const fewestWords = 40;
const mostWords = 2000;

const checks: readonly { readonly holds: (text: string) => boolean; readonly note: string }[] = [
  {
    holds: (text) => looksLikeTitle(text.trimStart().split("\n", 1)[0] ?? ""),
    note: "Add a title as the first line.",
  },
  { holds: (text) => words(text).length >= fewestWords, note: "Make it longer: give more detail." },
  { holds: (text) => words(text).length <= mostWords, note: "Shorten it." },
  {
    holds: (text) => text.trim().split(/\n\s*\n/).length >= 3,
    note: "Divide the text into paragraphs.",
  },
  {
    holds: (text) => hasSection(text, "sources|references|bibliography"),
    note: "Add a Sources section that lists what the text relies on.",
  },
  {
    holds: (text) => hasSection(text, "limitations?|caveats?"),
    note: "Add a Limitations paragraph that says what the text does not cover.",
  },
];

/** Reviews a text by fixed checks: title, length, paragraphs, sources and limitations. */
export function review(text: string): Review {
  const notes = checks.filter(({ holds }) => !holds(text)).map(({ note }) => note);
  const share = (checks.length - notes.length) / checks.length;
  return { pass: notes.length === 0, notes, score: notes.length === 0 ? 0.9 : Math.round(share * 60) / 100 };
}

const goodWord = /^(?:approv|pass|accept|ok|yes|good|ready|publish|lgtm|done|complete|ship|true|valid|satisf|excellent|great|high|final)/i;
const badWord =
  /^(?:not|no$|no[_\s-]|revis|reject|fail|needs|improv|rework|rewrit|retry|redo|bad|poor|incomplete|false|invalid|declin|deny|denied|change|low|weak)/i;

/** The word of a list that stands for this outcome, if one does. */
export function outcomeWord(list: readonly string[], pass: boolean): string | undefined {
  return list.find((word) => (pass ? goodWord.test(word) && !badWord.test(word) : badWord.test(word)));
}

/** A review in words. Instructions that ask for a word such as APPROVED get exactly that word when all is well. */
export function reviewInWords(instructions: string, found: Review): string {
  const named = [...instructions.matchAll(/\b[A-Z][A-Z_]+\b|["'“`]([\w -]{1,30})["'”`]/g)].map((match) => match[1] ?? match[0]);
  if (found.pass) return outcomeWord(named, true) ?? "No changes needed: every check passed.";
  const word = outcomeWord(named, false);
  return `${word === undefined ? "" : `${word}\n`}Notes:\n${found.notes.map((note) => `- ${note}`).join("\n")}`;
}

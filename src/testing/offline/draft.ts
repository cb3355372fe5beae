import { type Brief, looksLikeTitle } from "./brief.ts";
import { hasSection } from "./rubric.ts";
import type { Search } from "./search.ts";
import { sentences, words } from "./sentences.ts";

const mark = /\[([^[\]\n]{1,80})\]/g;
const mostSentences = 60;

/** Titles that stand in brackets after the sentences of a text. */
export function marked(text: string): readonly string[] {
  return [...new Set([...text.matchAll(mark)].map((match) => match[1] ?? ""))];
}

function paragraphs(list: readonly string[]): string {
  const groups: string[] = [];
  for (let at = 0; at < list.length; at += 3) groups.push(list.slice(at, at + 3).join(" "));
  return groups.join("\n\n");
}

function quote(search: Search, query: string, count: number): readonly string[] {
  return search.best(query, count).map(({ title, text }) => `${text} [${title}]`);
}

/** A sentence and the bracket that ends it are one: the segmenter parts them. */
function ownSentences(text: string): readonly string[] {
  const joined: string[] = [];
  for (const sentence of sentences(text)) {
    const before = joined.at(-1);
    if (before !== undefined && /^\[[^\]]+\]/.test(sentence)) joined[joined.length - 1] = `${before} ${sentence}`;
    else joined.push(sentence);
  }
  return [...new Set(joined)].filter((one) => !/^(?:findings on|topic|title|subject)\s*:/i.test(one));
}

/** A title line, then paragraphs of the prompt's own sentences, or of quoted ones where it has too few. */
function compose(brief: Brief, search: Search): string {
  const own = ownSentences(brief.text).filter((one) => one !== brief.title && words(one).length > 3);
  const query = `${brief.title ?? ""} ${brief.text}`.trim();
  const quoted = own.length >= 3 ? [] : quote(search, query === "" ? brief.notes.join(" ") : query, 6);
  const body = [...own.slice(0, mostSentences), ...quoted];
  const title = brief.title ?? (words(brief.text).slice(0, 8).join(" ") || "Draft");
  return `${title}\n\n${body.length > 0 ? paragraphs(body) : "The sources of this offline engine say nothing about it."}`;
}

/** The changes this writer knows how to make, each asked for by a note. */
const changes: readonly {
  readonly asked: RegExp;
  readonly make: (text: string, brief: Brief, search: Search) => string;
}[] = [
  {
    asked: /\btitle|headline/i,
    make: (text, brief) =>
      looksLikeTitle(text.split("\n", 1)[0] ?? "") ? text : `${brief.title ?? words(text).slice(0, 8).join(" ")}\n\n${text}`,
  },
  {
    asked: /\bparagraph|structure/i,
    make: (text) => {
      const [first = "", ...rest] = text.split("\n");
      return text.split(/\n\s*\n/).length >= 3 ? text : `${first}\n\n${paragraphs(ownSentences(rest.join("\n")))}`;
    },
  },
  {
    asked: /\blonger|more detail|expand|elaborate|too short/i,
    make: (text, _brief, search) => `${text}\n\n${paragraphs(quote(search, text, 6).filter((one) => !text.includes(one)))}`,
  },
  {
    asked: /\bshort(?:en|er)|too long|concise|cut\b/i,
    make: (text) => {
      const [first = "", ...rest] = text.split("\n");
      const all = ownSentences(rest.join("\n"));
      return `${first}\n\n${paragraphs(all.slice(0, Math.ceil(all.length / 2)))}`;
    },
  },
  {
    asked: /\blimit(?:ation|s\b)|caveat/i,
    make: (text) =>
      hasSection(text, "limitations?|caveats?")
        ? text
        : `${text}\n\nLimitations\n\nThis text was put together from extracts of ${marked(text).length || "a few"} sources. It says nothing that they do not say, and nobody has checked it against others.`,
  },
  {
    asked: /\bconclu|closing/i,
    make: (text, brief, search) =>
      hasSection(text, "conclusion") ? text : `${text}\n\nConclusion\n\n${quote(search, brief.title ?? text, 1).join(" ")}`,
  },
  {
    asked: /\bsource|\bcit(?:e|ation)|reference/i,
    make: (text, _brief, search) => {
      if (hasSection(text, "sources|references|bibliography")) return text;
      const titles = marked(text);
      const named = titles.length > 0 ? titles : [...new Set(search.best(text, 4).map(({ title }) => title))];
      return `${text}\n\nSources\n\n${named.map((title) => `- ${title}`).join("\n")}`;
    },
  },
];

/** Takes up notes. One that asks for none of the known changes gets a paragraph about its subject. */
function revise(text: string, brief: Brief, search: Search): string {
  const asks = (note: string): boolean => changes.some(({ asked }) => asked.test(note));
  const about = brief.notes.filter((note) => !asks(note)).flatMap((note) => quote(search, note, 2));
  const fresh = [...new Set(about)].filter((one) => !text.includes(one));
  const begun = fresh.length === 0 ? text : `${text}\n\n${paragraphs(fresh)}`;
  return changes
    .filter(({ asked }) => brief.notes.some((note) => asked.test(note)))
    .reduce((changed, { make }) => make(changed, brief, search), begun);
}

/** A draft from a brief: composed anew, or the given text with its notes taken up. */
export function draft(brief: Brief, search: Search): string {
  const given = brief.text.trim();
  const finished = brief.whole && given.split(/\n\s*\n/).length >= 2;
  return revise(finished ? given : compose(brief, search), brief, search);
}

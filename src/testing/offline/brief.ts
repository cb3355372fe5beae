import { isObject } from "../request/fields.ts";
import { words } from "./sentences.ts";

/** A prompt taken apart: the text it is about, a title if it names one, and the notes on that text. */
export interface Brief {
  readonly title: string | undefined;
  readonly text: string;
  readonly notes: readonly string[];
  /** Whether the text stood there as one piece, and not as sections to compose from. */
  readonly whole: boolean;
}

/** A line that begins the draft (first group) or the notes on it. */
const label =
  /^[ \t#*_>-]*(?:((?:current |previous |the )?(?:draft|article|text))|(?:review(?:er)?'?s? |revision )?(?:notes?|feedback|critique|suggestions?|comments?|issues|requested changes))[ \t]*[*_]*:[*_]*[ \t]*/gim;
const titleLine = /^(?:\[[^\]\n]{1,60}\]:\s*)?(?:findings on|topic|title|subject)\s*:\s*(.{1,200})$/im;
const sectionMark = /^\[([^\]\n]{1,60})\]:[ \t]*/gm;
const textKeys = ["text", "draft", "article", "content", "body", "rewrite", "answer"];
const notesKeys = ["notes", "feedback", "issues", "review", "comments", "critique", "suggestions", "reason"];

/** Notes as a list: one for each line or sentence. */
function splitNotes(notes: string): readonly string[] {
  return notes
    .split(/\n|(?<=[.!?;])\s+/)
    .map((note) => note.replace(/^[\s*•-]+/, "").trim())
    .filter((note) => note !== "");
}

/** A line that can head a text: short, and no sentence. */
export function looksLikeTitle(line: string): boolean {
  return line.startsWith("# ") || (words(line).length <= 14 && line.trim() !== "" && !/[.:;,]$/.test(line.trim()));
}

function asNotes(value: unknown): readonly string[] {
  if (typeof value === "string") return splitNotes(value);
  if (Array.isArray(value)) return value.flatMap(asNotes);
  return isObject(value) ? asNotes(notesKeys.map((key) => value[key]).find((one) => one !== undefined)) : [];
}

function fromJson(prompt: string): Brief | undefined {
  if (!prompt.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(prompt);
    if (!isObject(value)) return undefined;
    const text = textKeys.map((key) => value[key]).find((one) => typeof one === "string");
    const title = typeof value.title === "string" ? value.title : undefined;
    return { title, text: text ?? "", notes: notesKeys.flatMap((key) => asNotes(value[key])), whole: true };
  } catch {
    return undefined;
  }
}

/** Sections of a parallel record, `[arm]: text`, by name. */
function sections(prompt: string): ReadonlyMap<string, string> {
  const marks = [...prompt.matchAll(sectionMark)];
  return new Map(marks.map((mark, index) => [mark[1] ?? "", prompt.slice(mark.index + mark[0].length, marks[index + 1]?.index).trim()]));
}

function fromSections(prompt: string): Brief | undefined {
  const named = sections(prompt);
  if (named.size === 0) return undefined;
  const pick = (keys: readonly string[]): string | undefined => keys.map((key) => named.get(key)).find((one) => one !== undefined);
  const title = titleLine.exec(prompt)?.[1]?.trim();
  const notes = pick(notesKeys);
  const text = pick(textKeys);
  if (text !== undefined) return { title, text, notes: asNotes(fromJson(notes ?? "")?.notes ?? notes), whole: true };
  return { title, text: [...named.values()].join("\n\n"), notes: [], whole: false };
}

/** Drops a first line that only introduces the text ("Review this draft:"). */
function withoutLead(text: string): string {
  const [first = "", ...rest] = text.trim().split("\n");
  return first.trim().endsWith(":") && rest.some((line) => line.trim() !== "") ? rest.join("\n").trim() : text.trim();
}

/** Parts a prompt at its labels, in whichever order they come. What stands before the first is the text if none is. */
function atLabels(prompt: string): { readonly before: string; readonly notes: readonly string[] } {
  const marks = [...prompt.matchAll(label)];
  const parts = marks.map((mark, index) => ({
    isText: mark[1] !== undefined,
    content: prompt.slice(mark.index + mark[0].length, marks[index + 1]?.index),
  }));
  const before = parts.find(({ isText }) => isText)?.content ?? prompt.slice(0, marks[0]?.index);
  return { before, notes: parts.flatMap(({ isText, content }) => (isText ? [] : splitNotes(content))) };
}

/** Reads JSON with a text, `[arm]: text` sections, or a text with notes before or after it. */
export function readBrief(prompt: string): Brief {
  const found = fromJson(prompt);
  if (found !== undefined) return found;
  const { before, notes } = atLabels(prompt);
  const grouped = fromSections(before);
  if (grouped !== undefined) return { ...grouped, notes: [...grouped.notes, ...notes] };
  const text = withoutLead(before);
  const first = text.split("\n", 1)[0] ?? "";
  const title = titleLine.exec(before)?.[1]?.trim() ?? (looksLikeTitle(first) ? first.replace(/^#\s+/, "").trim() : undefined);
  return { title, text, notes, whole: titleLine.exec(before) === null };
}

import { isObject } from "../fields.ts";
import { words } from "./sentences.ts";

/** A prompt taken apart: the text it is about, a title if it names one, and the notes on that text. */
export interface Brief {
  readonly title: string | undefined;
  readonly text: string;
  readonly notes: readonly string[];
  /** Whether the text stood there as one piece, and not as sections to compose from. */
  readonly whole: boolean;
}

const notesLine =
  /^[ \t#*_>-]*(?:review(?:er)?'?s? |revision )?(?:notes?|feedback|critique|suggestions?|comments?|issues|requested changes)\s*[*_]*:[*_]*\s*/im;
const titleLine = /^(?:\[[^\]\n]{1,60}\]:\s*)?(?:findings on|topic|title|subject)\s*:\s*(.{1,200})$/im;
const sectionMark = /^\[([^\]\n]{1,60})\]:[ \t]*/gm;
const textKeys = ["text", "draft", "article", "content", "body", "rewrite", "answer"];
const notesKeys = ["notes", "feedback", "issues", "review", "comments", "critique", "suggestions", "reason"];

/** Notes as a list: one for each line or sentence. */
export function splitNotes(notes: string): readonly string[] {
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
  return new Map(
    marks.map((mark, index) => [
      mark[1] ?? "",
      prompt.slice(mark.index + mark[0].length, marks[index + 1]?.index).trim(),
    ]),
  );
}

function fromSections(prompt: string): Brief | undefined {
  const named = sections(prompt);
  if (named.size === 0) return undefined;
  const pick = (keys: readonly string[]): string | undefined =>
    keys.map((key) => named.get(key)).find((one) => one !== undefined);
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

/** Reads JSON with a text, `[arm]: text` sections, or a text that notes may follow. */
export function readBrief(prompt: string): Brief {
  const found = fromJson(prompt);
  if (found !== undefined) return found;
  const at = notesLine.exec(prompt);
  const before = at === null ? prompt : prompt.slice(0, at.index);
  const notes = at === null ? [] : splitNotes(prompt.slice(at.index + at[0].length));
  const grouped = fromSections(before);
  if (grouped !== undefined) return { ...grouped, notes: [...grouped.notes, ...notes] };
  const text = withoutLead(before);
  const first = text.split("\n", 1)[0] ?? "";
  const title =
    titleLine.exec(before)?.[1]?.trim() ?? (looksLikeTitle(first) ? first.replace(/^#\s+/, "").trim() : undefined);
  return { title, text, notes, whole: titleLine.exec(before) === null };
}

import { err, ok, type Result } from "neverthrow";

/** Beyond these, a text is an attack or a loop of the model, and validators would run out of stack or time. */
const mostCharacters = 10_000_000;
const deepest = 500;

/** Reads JSON text from a model: JSON, or the reason why it is none. Never throws. */
export function readJson(text: string): Result<unknown, string> {
  if (text.length > mostCharacters) return err(`Expected at most ${mostCharacters} characters, got ${text.length}`);
  let value: unknown;
  try {
    value = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch (thrown) {
    return err(`Expected JSON, got text that is none (${thrown instanceof Error ? thrown.message.slice(0, 200) : "unreadable"})`);
  }
  const trouble = dangerIn(value);
  return trouble === undefined ? ok(value) : err(trouble);
}

/**
 * `__proto__` is an ordinary key in JSON, and a prototype once a validator or a step copies it by assignment.
 * Walks with a list of its own: recursion is what too deep a value breaks.
 */
function dangerIn(root: unknown): string | undefined {
  let level: readonly unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return `Expected at most ${deepest} levels of nesting, got more`;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      if (Object.hasOwn(value, "__proto__")) return 'Expected no key "__proto__", got one';
      for (const child of Object.values(value)) if (typeof child === "object" && child !== null) next.push(child);
    }
    level = next;
  }
  return undefined;
}

/**
 * The JSON that a reply holds: all of it, else its one fenced block, else the one object or list that stands in prose.
 * Of two, nobody knows which is meant: that is an error, not a guess.
 */
export function findJson(reply: string): Result<unknown, string> {
  // Models that reason aloud, served without a parser for it, may try answers there that are none.
  const text = reply.replace(/^\s*<think>.*?<\/think>/s, "").trim();
  const whole = readJson(text);
  if (whole.isOk() || text.length > mostCharacters) return whole;
  const fenced = [...text.matchAll(/^[ \t]*```[\w-]*[ \t]*\r?\n(.*?)^[ \t]*```/gms)].map(([, inside = ""]) => inside);
  if (fenced.length > 1) return err(`Expected one JSON value, got ${fenced.length} fenced blocks`);
  const [only] = fenced;
  if (only !== undefined) return readJson(only.trim());
  const found = embedded(text);
  // "[1]" in prose is a footnote: lists count only where there is no object.
  const objects = found.filter((span) => span.startsWith("{"));
  const [span, ...others] = objects.length > 0 ? objects : found;
  if (others.length > 0) return err(`Expected one JSON value, got ${others.length + 1} in one text`);
  return span === undefined ? whole : readJson(span);
}

/** Ends a search that a text of thousands of braces would make long. */
const mostTries = 50;
const mostSearched = 200_000;

/** The outermost objects and lists in a text that parse. */
function embedded(text: string): readonly string[] {
  const found: string[] = [];
  if (text.length > mostSearched) return found;
  let at = 0;
  for (let tries = 0; tries < mostTries; tries++) {
    const offset = text.slice(at).search(/[{[]/);
    if (offset < 0) break;
    const start = at + offset;
    const end = endOfBrackets(text, start);
    const span = end === undefined ? undefined : text.slice(start, end);
    const parsed = span !== undefined && isJson(span);
    if (parsed) found.push(span);
    at = parsed ? start + span.length : start + 1;
  }
  return found;
}

function isJson(span: string): boolean {
  try {
    JSON.parse(span);
    return true;
  } catch {
    return false;
  }
}

/** Where the bracket at `start` closes, brackets in strings aside. */
function endOfBrackets(text: string, start: number): number | undefined {
  let depth = 0;
  for (const match of text.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gs)) {
    const [token] = match;
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    if (depth === 0) return start + match.index + token.length;
  }
  return undefined;
}

import { BuildError, Shown } from "./build-error.ts";

const longest = 200;

/**
 * Control characters and those that reorder text on a screen, so that a name shown anywhere is the name it is.
 * The second range is Unicode's explicit directional formatting (UAX #9, section 2) with the marks and isolates.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const unprintable = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;

/** What object literals and promises give a meaning of their own: `{ __proto__: x }` sets a prototype, `then` makes a value awaitable. */
const refused: ReadonlySet<string> = new Set(["__proto__", "then"]);

/** What most names are. */
const plain = /^\w[\w-]*$/;

/** Checks a name of a workflow, a step or an arm, and hands it back. */
export function checkName(name: unknown, what = "a step's id"): string {
  if (typeof name !== "string") throw new BuildError(`${what} to be text`, name);
  if (name.length <= longest && plain.test(name) && !refused.has(name)) return name;
  if (name.trim() === "") throw new BuildError(`${what} to have at least one visible character`, name);
  if (name.length > longest)
    throw new BuildError(`${what} to have at most ${longest} characters`, new Shown(`${name.length}`), { step: name.slice(0, longest) });
  if (!name.isWellFormed()) throw new BuildError(`${what} to be well-formed Unicode`, new Shown("a lone surrogate"), { step: name });
  if (unprintable.test(name)) throw new BuildError(`${what} to have no control or text-direction characters`, name, { step: name });
  if (refused.has(name))
    throw new BuildError(`${what} to be any name but "__proto__" and "then"`, name, { step: name, advice: "choose another name" });
  return name;
}

/** Text from elsewhere with its control and text-direction characters spelt out, so that it does nothing to a terminal. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(new RegExp(unprintable, "g"), (found) => `\\u{${(found.codePointAt(0) as number).toString(16).toUpperCase()}}`);
}

/** A name as a piece of a path, with the characters that paths give a meaning percent-encoded. */
export function encodeSegment(name: string): string {
  return reserved.test(name) ? name.replace(allReserved, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`) : name;
}

const reserved = /[%/#[\]~]/;
const allReserved = /[%/#[\]~]/g;

/** The known name that is closest to a mistaken one, if any is close. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** The advice of an error over a mistaken name, where a known one is close. */
export function didYouMean(name: string, known: Iterable<string>): { readonly advice?: string } {
  const near = nearest(name, known);
  return near === undefined ? {} : { advice: `did you mean ${JSON.stringify(near)}?` };
}

/** Levenshtein's distance, given up at `most`. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const swap = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(swap, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[b.length] ?? most;
}

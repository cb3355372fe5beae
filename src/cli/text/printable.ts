import { stripVTControlCharacters } from "node:util";

const unprintable = /[\p{Control}\p{Bidi_Control}\u2028\u2029]/gu;
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Foreign text for one line of a terminal: what would move the cursor or reorder the line is spelled out. */
export function printable(text: string): string {
  return text.toWellFormed().replace(unprintable, (found) => named[found] ?? escaped(found));
}

/** Foreign text of several lines, ready to be indented. */
export function printableLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map(printable);
}

/** Text to be read on a terminal: its own lines and tabs, without escape sequences and other control characters. */
export function terminalText(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Control}--[\n\t]]/gv, "");
}

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
}

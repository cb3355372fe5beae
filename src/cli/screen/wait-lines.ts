import type { OpenWait } from "../../types/failure.ts";
import { jsonText } from "../text/json-text.ts";
import { type Line, piece } from "../text/line.ts";
import { printable, printableLines } from "../text/printable.ts";

/** A wait for people: which step, where, and all that it shows, as text or JSON: nobody should approve what was left out. */
export function waitLines({ step, path, shown }: OpenWait): readonly Line[] {
  const where = path === step ? "" : ` at ${printable(path)}`;
  const text = shown === undefined ? "" : typeof shown === "string" ? shown : jsonText(shown, 2);
  const lines = text === "" ? [] : printableLines(text);
  return [
    [piece("notice", "? "), piece("strong", printable(step)), piece("plain", " waits for an answer"), piece("quiet", where)],
    ...lines.map((line) => [piece("plain", `  ${line}`)]),
  ];
}

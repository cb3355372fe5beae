import type { AnyFailure } from "../../types/failure.ts";
import { type Line, piece } from "../text/line.ts";
import { printable, printableLines } from "../text/printable.ts";
import { count } from "../text/quantities.ts";
import { causeLines, type Told } from "../text/thrown.ts";
import { waitLines } from "./wait-lines.ts";

/** A failure in full: its type, where, what it says, what caused it, and what else went wrong on the way. */
export function failureLines(failure: AnyFailure, told: Told): readonly Line[] {
  const { type, path, attempts, message, suppressed } = failure;
  const where = path === "" ? "" : ` at ${printable(path)}`;
  const tries = attempts > 1 ? `, after ${count(attempts, "attempt")}` : "";
  return [
    [piece("bad", `✗ ${type}`), piece("strong", where), piece("quiet", tries)],
    ...indented(message).map((line) => [piece("plain", line)]),
    ...(type === "suspended" ? failure.waits.flatMap(waitLines) : []),
    // Why a run was cancelled is part of the message.
    ...(type === "cancelled" ? [] : causeLines(failure.cause, told)),
    ...suppressed.flatMap((other) => suppressedLines(other, told)),
  ];
}

function suppressedLines(failure: AnyFailure, told: Told): readonly Line[] {
  const [first = [], ...rest] = failureLines(failure, told);
  return [
    [piece("quiet", "  also: "), ...first.map(({ tone, text }) => piece(tone, text.replace("✗ ", "")))],
    ...rest.map((line) => [piece("plain", "  "), ...line]),
  ];
}

function indented(text: string): readonly string[] {
  return printableLines(text).map((line) => `  ${line}`);
}

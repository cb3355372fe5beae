import { messageOf, show } from "../../plan/show.ts";
import { type Line, piece } from "./line.ts";
import { printableLines } from "./printable.ts";

/** Causes of causes that are shown: the tenth wrapper of an error tells nothing new. */
const mostCauses = 5;

export interface Told {
  /** Whether the stacks of errors are shown. */
  readonly verbose: boolean;
}

/** An error and what caused it, from the outside in; errors may cause each other in a circle. */
export function causeLines(cause: unknown, { verbose }: Told): readonly Line[] {
  const lines: Line[] = [];
  const seen = new Set<unknown>();
  for (let at = cause; at !== undefined && !seen.has(at) && seen.size < mostCauses; at = read(at, "cause")) {
    seen.add(at);
    const [first = "", ...rest] = printableLines(describe(at));
    lines.push([piece("quiet", `  cause: ${first}`)], ...rest.map((line) => [piece("quiet", `    ${line}`)]));
    if (verbose) lines.push(...stackLines(at));
  }
  return lines;
}

/** The lines of an error's stack that say where; its message is told elsewhere. */
export function stackLines(error: unknown): readonly Line[] {
  const stack = read(error, "stack");
  if (typeof stack !== "string") return [];
  return printableLines(stack)
    .filter((line) => /^\s+at /.test(line))
    .map((line) => [piece("quiet", `    ${line.trim()}`)]);
}

/** An error by its name and message, a failure that is plain data by its type and message. */
export function describe(thrown: unknown): string {
  const message = read(thrown, "message");
  if (typeof message !== "string" || message === "") return show(thrown);
  const kind = thrown instanceof Error ? read(thrown, "name") : (read(thrown, "type") ?? read(thrown, "name"));
  return typeof kind === "string" && kind !== "" ? `${kind}: ${messageOf(thrown)}` : messageOf(thrown);
}

function read(from: unknown, key: string): unknown {
  try {
    return typeof from === "object" && from !== null ? (from as Readonly<Record<string, unknown>>)[key] : undefined;
  } catch {
    return undefined;
  }
}

import type { OpenWait } from "../../types/failure.ts";
import { type Line, piece } from "../text/line.ts";
import { printable } from "../text/printable.ts";

/** Where a run is that goes on later, as it was typed. */
export interface Kept {
  readonly file: string;
  readonly runId: string;
  readonly journal: string;
}

/** What to do about a run that waits for answers; `kept` is undefined where it is gone with its process. */
export function answerLines({ waits }: { readonly waits: readonly OpenWait[] }, kept: Kept | undefined): readonly Line[] {
  if (kept === undefined)
    return plain([
      "The run is over with this process. To answer it, run it on a terminal;",
      "to keep it until somebody answers: heddle run ... --journal <path>",
    ]);
  const { file, runId, journal } = kept;
  const several = new Set(waits.map(({ step }) => step)).size < waits.length;
  const commands = waits.map(({ step, path }) => {
    const at = several && path !== step ? ` --path ${quoted(path)}` : "";
    return `  heddle answer ${quoted(file)} ${quoted(runId)} ${quoted(step)} '<answer>' --journal ${quoted(journal)}${at}`;
  });
  return plain([
    `The run is kept. To answer it:`,
    ...commands,
    `and then, to go on: the same heddle run with --run-id ${quoted(runId)}, which also asks on a terminal,`,
    `or heddle work ${quoted(file)} --journal ${quoted(journal)}`,
  ]);
}

/** A run was asked to stop, and did: nothing about it has failed. */
export function stoppedLine(signal: NodeJS.Signals, runId: string): Line {
  return [
    piece("notice", "… "),
    piece("plain", `stopped by ${signal}: the same command with --run-id ${printable(runId)} goes on with the run`),
  ];
}

function plain(lines: readonly string[]): readonly Line[] {
  return lines.map((line) => [piece("quiet", line)]);
}

/** For a shell, where it has to be. */
export function quoted(word: string): string {
  const text = printable(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

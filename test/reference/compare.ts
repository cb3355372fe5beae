import type { RunSpec } from "./description.ts";
import { Interpreter } from "./interpreter.ts";
import { print } from "./print.ts";
import { type Played, play } from "./real.ts";
import { report } from "./report.ts";

/** Runs a plan twice, really and by the reference: undefined where both agree, else both outcomes side by side. */
export async function mismatch(run: RunSpec): Promise<string | undefined> {
  const real = await play(run);
  const reference = new Interpreter(run);
  const expected = report(reference.play(), canonical(reference.world.log));
  return compared(run, expected, [...report(real.outcome, canonical(real.log)), ...real.faults]);
}

/**
 * The same for a run that was played on a journal. What is logged of one instant is a set: another process sets timers anew, so
 * that one which is due together with a call that was left behind comes after that. And what a run has left behind may come to
 * its end before the run does or after, where that is one instant.
 */
export async function mismatchOnJournal(run: RunSpec, played: Promise<Played>): Promise<string | undefined> {
  const real = await played;
  const reference = new Interpreter(run, "between processes");
  const outcome = reference.play();
  reference.playInstant();
  const expected = report(outcome, sets(reference.world.log, 0));
  return compared(run, expected, [...report(real.outcome, sets([...real.log, ...real.late], 0)), ...real.faults]);
}

export function compared(run: RunSpec, expected: readonly string[], got: readonly string[]): string | undefined {
  // What a run that never ends has done so far cannot be asked of it.
  const same =
    expected[0] === "stuck" ? got[0] === "stuck" : expected.length === got.length && expected.every((line, index) => line === got[index]);
  return same ? undefined : `${print(run)}\n\n${difference(expected, got)}`;
}

/**
 * In which order the parts of an aborted group hear of it and end is nobody's business: from the first abort on, what
 * happens at one instant is compared as a set. (The trace is in the order of starting, and compared as it is.)
 */
function canonical(log: readonly string[]): readonly string[] {
  const first = log.find((line) => / is told to stop$| cancelled$/.test(line));
  if (first === undefined) return log;
  return sets(
    log,
    log.findIndex((line) => instant(line) === instant(first)),
  );
}

function instant(line: string): string {
  return line.slice(0, line.indexOf(" "));
}

/** From line `loose` on, the lines of one instant in the order of the alphabet. */
function sets(log: readonly string[], loose: number): readonly string[] {
  const lines = log.slice(0, loose);
  for (let from = loose; from < log.length; ) {
    const rest = log.slice(from).findIndex((line) => instant(line) !== instant(log[from] as string));
    const to = rest === -1 ? log.length : from + rest;
    lines.push(...log.slice(from, to).sort());
    from = to;
  }
  return lines;
}

function difference(expected: readonly string[], got: readonly string[]): string {
  const lines: string[] = [];
  for (let index = 0; index < Math.max(expected.length, got.length); index++) {
    const [should, is] = [expected[index], got[index]];
    if (should === is) lines.push(`      ${should}`);
    else lines.push(`  ref ${should ?? "-"}`, `  got ${is ?? "-"}`);
  }
  return lines.join("\n");
}

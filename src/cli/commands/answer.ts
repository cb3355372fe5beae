import process from "node:process";
import type { Journal } from "../../journal/journal.ts";
import { giveAnswer } from "../input/answers.ts";
import { isPiped, readGiven } from "../input/input.ts";
import { CommandError, usageError } from "../process/command-error.ts";
import { consoleToStderr } from "../process/console-to-stderr.ts";
import { exitCodes } from "../process/exit-codes.ts";
import { quietWarnings } from "../process/warnings.ts";
import { chooseAll } from "../project/choose.ts";
import { openExistingJournal, requireJournal } from "../project/journal-file.ts";
import { loadInTime } from "../project/load.ts";
import { locate } from "../project/locate.ts";
import { type Runnable, runnableOf } from "../project/runnable.ts";
import { piece, writeLine } from "../text/line.ts";
import { printable } from "../text/printable.ts";

export interface AnswerFlags {
  readonly journal?: string;
  readonly path?: string;
}

/** `heddle answer`: answers a run that waits, and runs nothing of it. */
export async function answerRun(file: string, runId: string, step: string, given: string | undefined, flags: AnswerFlags): Promise<number> {
  const path = await locate(file);
  const journalFile = requireJournal(flags, "answer");
  quietWarnings();
  consoleToStderr();
  const journal = await openExistingJournal(journalFile);
  try {
    const runnable = await planOf(runId, path, journal);
    const typed = await readAnswer(given, step);
    const at = flags.path === undefined ? {} : { path: flags.path };
    const refused = await giveAnswer(typed, (answer) => runnable.answer(runId, step, answer, { journal, ...at }));
    if (refused !== undefined) throw new CommandError(refused.message);
    say(`Recorded: heddle work or heddle run goes on with run ${JSON.stringify(printable(runId))}.`);
    return exitCodes.success;
  } finally {
    await journal.close();
  }
}

/** The plan in the file that a run is of. */
async function planOf(runId: string, path: string, journal: Journal): Promise<Runnable> {
  const run = await journal.find(runId);
  if (run.isErr()) throw new CommandError(run.error.message, { cause: "cause" in run.error ? run.error.cause : undefined });
  const all = chooseAll(await loadInTime(path), path);
  const found = all.find(({ name }) => name === run.value.plan);
  const runnable = runnableOf(found?.value);
  if (runnable !== undefined) return runnable;
  const names = all.map(({ name }) => JSON.stringify(name)).join(", ");
  throw usageError(
    `Expected ${path} to export plan ${JSON.stringify(run.value.plan)}, of which run ${JSON.stringify(runId)} is, got ${names}: name the file that has it`,
  );
}

async function readAnswer(given: string | undefined, step: string): Promise<string> {
  const onWait = () => say("Reading the answer from standard input.");
  const text = await readGiven(given, { stdin: process.stdin, piped: isPiped(), onWait });
  if (text !== undefined && text.trim() !== "") return text;
  throw usageError(
    `Expected an answer to step ${JSON.stringify(step)}, got ${text === undefined ? "none" : "an empty one"}: give JSON or text after the step, or pipe it in`,
  );
}

function say(text: string): void {
  writeLine(process.stderr, [piece("quiet", text)]);
}

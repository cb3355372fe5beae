import process from "node:process";
import type { Journal } from "../../journal/journal.ts";
import type { RunOptions } from "../../types/options.ts";
import { converse } from "../input/converse.ts";
import { isPiped, readInput } from "../input/input.ts";
import { Models } from "../models/models.ts";
import { CommandError, usageError } from "../process/command-error.ts";
import { consoleToStderr } from "../process/console-to-stderr.ts";
import { exitCodeOf, exitCodes } from "../process/exit-codes.ts";
import { onSignals } from "../process/signals.ts";
import { unlessStalled } from "../process/stalled.ts";
import { quietWarnings } from "../process/warnings.ts";
import { choose } from "../project/choose.ts";
import { openJournal } from "../project/journal-file.ts";
import { loadInTime } from "../project/load.ts";
import { locate } from "../project/locate.ts";
import type { Ended, Runnable } from "../project/runnable.ts";
import { answerLines, stoppedLine } from "../screen/advice-lines.ts";
import { writeOutput } from "../screen/output.ts";
import { type Screen, type Style, screenFor } from "../screen/screen.ts";

/** How long steps may wait for nothing but a signal from outside, in ms. */
const patience = 3_000;

export interface RunFlags {
  readonly export?: string;
  readonly json?: true;
  readonly timeout?: number;
  readonly concurrency?: number;
  readonly journal?: string;
  readonly runId?: string;
  readonly offline?: true;
  readonly quiet?: true;
  readonly events?: true;
  readonly verbose?: true;
}

/** `heddle run`: loads a file, runs what it exports, and gives the exit code. */
export async function runFile(file: string, given: string | undefined, flags: RunFlags): Promise<number> {
  const path = await locate(file);
  if (flags.runId !== undefined && flags.journal === undefined)
    throw usageError(`Expected --journal with --run-id, got none: give the file that keeps run ${JSON.stringify(flags.runId)}`);
  if (flags.verbose !== true) quietWarnings();
  consoleToStderr();
  const models = await Models.provide({ offline: flags.offline === true, kept: flags.journal !== undefined });
  try {
    return await loadAndRun(path, file, given, flags, models);
  } finally {
    await models.close();
  }
}

async function loadAndRun(path: string, file: string, given: string | undefined, flags: RunFlags, models: Models): Promise<number> {
  const runnable = choose(await loadInTime(path), path, flags.export);
  const screen = screenFor(styleOf(flags), { stderr: process.stderr, verbose: flags.verbose === true, runnable });
  const input = await readInput(given, runnable, {
    json: flags.json === true,
    stdin: process.stdin,
    piped: isPiped(),
    onWait: () => screen.notice("Reading the input from standard input."),
  });
  const stop = new AbortController();
  models.check([runnable.definition], screen.notice, (why) => stop.abort(why));
  const journal = flags.journal === undefined ? undefined : await openJournal(flags.journal);
  const { runId = crypto.randomUUID() } = flags;
  if (journal !== undefined && flags.runId === undefined) screen.notice(`Run ${runId}: with --run-id ${runId} it goes on later.`);
  const { ended, signal } = await run(runnable, input, { ...flags, runId }, screen, { journal, stop }).finally(() => journal?.close());
  if (ended.isOk()) {
    await show(ended.value.output, flags);
    screen.sumUp();
    return exitCodes.success;
  }
  const failure = ended.error;
  const kept = flags.journal === undefined ? undefined : { file, runId, journal: flags.journal };
  if (failure.type === "interrupted" && stop.signal.reason instanceof CommandError) throw stop.signal.reason;
  if (failure.type === "interrupted" && signal !== undefined) screen.advise([stoppedLine(signal, runId)]);
  else screen.failed(failure);
  if (failure.type === "suspended") screen.advise(answerLines(failure, kept));
  screen.sumUp();
  if (failure.type === "suspended") return exitCodes.suspended;
  return signal === undefined ? exitCodes.failure : exitCodeOf(signal);
}

interface Around {
  readonly journal: Journal | undefined;
  /** Has a run that a journal keeps stop here, to go on later. */
  readonly stop: AbortController;
}

async function run(
  runnable: Runnable,
  input: unknown,
  flags: RunFlags & { readonly runId: string },
  screen: Screen,
  { journal, stop }: Around,
): Promise<{ readonly ended: Ended; readonly signal: NodeJS.Signals | undefined }> {
  const controller = new AbortController();
  const { runId } = flags;
  const signals = onSignals((signal) => {
    // The terminal has written ^C into the line.
    if (process.stderr.isTTY) process.stderr.write("\n");
    screen.prompt(undefined);
    screen.notice(`Got ${signal}: the steps under way may clean up; once more ends at once.`);
    // What a journal keeps can go on later.
    (journal === undefined ? controller : stop).abort(new Error(`the command got ${signal}`));
  });
  const options: RunOptions = {
    signal: controller.signal,
    ...(journal === undefined ? {} : { journal, runId, drain: stop.signal }),
    ...(screen.observe === undefined ? {} : { observe: screen.observe }),
    ...(flags.timeout === undefined ? {} : { timeout: flags.timeout }),
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
  };
  const stalled = () => controller.abort(new Error("a step under way waits for something that never comes"));
  try {
    const running = isInteractive(flags) ? converse(runnable, input, options, screen) : runnable.run(input, options);
    const ended = await unlessStalled(running, patience, stalled);
    return { ended, signal: signals.received };
  } finally {
    signals.stop();
  }
}

/** Whether somebody is there to answer: a program that reads events is not asked. */
function isInteractive({ events }: RunFlags): boolean {
  return events !== true && process.stdin.isTTY && process.stderr.isTTY && !process.stdin.readableEnded;
}

async function show(output: unknown, flags: RunFlags): Promise<void> {
  const { stdout, stderr } = process;
  // On one terminal the output stands apart from what is told about the run.
  if (styleOf(flags) === "pretty" && stdout.isTTY && stderr.isTTY) stderr.write("\n");
  await writeOutput(stdout, output);
}

function styleOf({ quiet, events }: RunFlags): Style {
  return events === true ? "events" : quiet === true ? "quiet" : "pretty";
}

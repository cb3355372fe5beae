import process from "node:process";
import type { Journal } from "../journal/journal.ts";
import type { Listener } from "../types/event.ts";
import type { RunOptions } from "../types/options.ts";
import { Asker } from "./asker.ts";
import { choose } from "./choose.ts";
import { usageError } from "./command-error.ts";
import { consoleToStderr } from "./console-to-stderr.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { isPiped, readInput } from "./input.ts";
import { openJournal } from "./journal-file.ts";
import { loadInTime } from "./load.ts";
import { locate } from "./locate.ts";
import { lacksModel, offlineNotice, startEngine } from "./offline.ts";
import { writeOutput } from "./output.ts";
import type { Ended, Runnable } from "./runnable.ts";
import { type Screen, type Style, screenFor } from "./screen.ts";
import { onSignals } from "./signals.ts";
import { unlessStalled } from "./stalled.ts";
import { quietWarnings } from "./warnings.ts";

/** How long steps may wait for nothing but a signal from outside, in ms. */
const patience = 3_000;

export interface RunFlags {
  readonly export?: string;
  readonly json?: true;
  readonly timeout?: number;
  readonly concurrency?: number;
  readonly journal?: string;
  readonly runId?: string;
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
  // Before the file is loaded: it may read the environment as it loads.
  const engine = lacksModel(process.env) ? await startEngine() : undefined;
  try {
    return await loadAndRun(path, given, flags, engine !== undefined);
  } finally {
    await engine?.close();
  }
}

async function loadAndRun(path: string, given: string | undefined, flags: RunFlags, offline: boolean): Promise<number> {
  const runnable = choose(await loadInTime(path), path, flags.export);
  const screen = screenFor(styleOf(flags), { stderr: process.stderr, verbose: flags.verbose === true, runnable });
  const input = await readInput(given, runnable, {
    json: flags.json === true,
    stdin: process.stdin,
    piped: isPiped(),
    onWait: () => screen.notice("Reading the input from standard input."),
  });
  if (offline) screen.notice(offlineNotice);
  const journal = flags.journal === undefined ? undefined : await openJournal(flags.journal);
  const { ended, signal } = await run(runnable, input, flags, screen, journal).finally(() => journal?.close());
  if (ended.isOk()) await show(ended.value.output, flags);
  else screen.failed(ended.error);
  screen.sumUp();
  if (ended.isOk()) return exitCodes.success;
  if (ended.error.type === "suspended") return exitCodes.suspended;
  return signal === undefined ? exitCodes.failure : exitCodeOf(signal);
}

async function run(
  runnable: Runnable,
  input: unknown,
  flags: RunFlags,
  screen: Screen,
  journal: Journal | undefined,
): Promise<{ readonly ended: Ended; readonly signal: NodeJS.Signals | undefined }> {
  const controller = new AbortController();
  const drain = new AbortController();
  const { runId = crypto.randomUUID() } = flags;
  const signals = onSignals((signal) => {
    // The terminal has written ^C into the line.
    if (process.stderr.isTTY) process.stderr.write("\n");
    screen.notice(`Got ${signal}: the steps under way may clean up; once more ends at once.`);
    // What a journal keeps can go on later.
    (journal === undefined ? controller : drain).abort(new Error(`the command got ${signal}`));
  });
  if (journal !== undefined && flags.runId === undefined) screen.notice(`Run ${runId}: with --run-id ${runId} it goes on later.`);
  const options: RunOptions = {
    signal: controller.signal,
    ...(journal === undefined ? {} : { journal, runId, drain: drain.signal }),
    ...(screen.observe === undefined ? {} : { observe: screen.observe }),
    ...(flags.timeout === undefined ? {} : { timeout: flags.timeout }),
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
  };
  const stalled = () => controller.abort(new Error("a step under way waits for something that never comes"));
  try {
    const asks = isInteractive(flags);
    const running = asks ? converse(runnable, input, options, screen) : runnable.run(input, options);
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

/** Runs with somebody at the terminal, who is asked for what the run waits for. */
async function converse(runnable: Runnable, input: unknown, options: RunOptions, screen: Screen): Promise<Ended> {
  let asker: Asker | undefined;
  const look = () => queueMicrotask(() => asker?.look());
  const listeners = options.observe === undefined ? [look] : [options.observe as Listener, look];
  const started = runnable.start(input, { ...options, observe: listeners });
  asker = new Asker(started, { stdin: process.stdin, stderr: process.stderr, say: screen.say });
  try {
    return await started.result;
  } finally {
    asker.close();
  }
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

import process from "node:process";
import type { Listener } from "../types/event.ts";
import type { RunOptions } from "../types/options.ts";
import { Asker } from "./asker.ts";
import { choose } from "./choose.ts";
import { CommandError } from "./command-error.ts";
import { consoleToStderr } from "./console-to-stderr.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { isPiped, readInput } from "./input.ts";
import { load } from "./load.ts";
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
  readonly quiet?: true;
  readonly events?: true;
  readonly verbose?: true;
}

/** `heddle run`: loads a file, runs what it exports, and gives the exit code. */
export async function runFile(file: string, given: string | undefined, flags: RunFlags): Promise<number> {
  const path = await locate(file);
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
  const runnable = choose(await loaded(path), path, flags.export);
  const screen = screenFor(styleOf(flags), { stderr: process.stderr, verbose: flags.verbose === true, runnable });
  const input = await readInput(given, runnable, {
    json: flags.json === true,
    stdin: process.stdin,
    piped: isPiped(),
    onWait: () => screen.notice("Reading the input from standard input."),
  });
  if (offline) screen.notice(offlineNotice);
  const { ended, signal } = await run(runnable, input, flags, screen);
  if (ended.isOk()) await show(ended.value.output, flags);
  else screen.failed(ended.error);
  screen.sumUp();
  if (ended.isOk()) return exitCodes.success;
  if (ended.error.type === "suspended") return exitCodes.suspended;
  return signal === undefined ? exitCodes.failure : exitCodeOf(signal);
}

function loaded(path: string): ReturnType<typeof load> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stalled = () =>
    reject(new CommandError(`Expected ${path} to load, but it awaits something that never comes: check its top-level await`));
  return unlessStalled(Promise.race([load(path), promise]), 0, stalled);
}

async function run(
  runnable: Runnable,
  input: unknown,
  flags: RunFlags,
  screen: Screen,
): Promise<{ readonly ended: Ended; readonly signal: NodeJS.Signals | undefined }> {
  const controller = new AbortController();
  const signals = onSignals((signal) => {
    // The terminal has written ^C into the line.
    if (process.stderr.isTTY) process.stderr.write("\n");
    screen.notice(`Got ${signal}: the steps under way may clean up; once more ends at once.`);
    controller.abort(new Error(`the command got ${signal}`));
  });
  const options: RunOptions = {
    signal: controller.signal,
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

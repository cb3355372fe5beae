import { emitWarning } from "node:process";
import { readSettings } from "../execute/run/settings.ts";
import type { Journal } from "../journal/journal.ts";
import { BuildError } from "../plan/build-error.ts";
import { checkOptions, readCount } from "../plan/limits.ts";
import type { Definition } from "../plan/node.ts";
import type { RunOptions } from "../types/options.ts";
import { defaultTakeovers } from "./suspects.ts";
import type { WorkerEvent, WorkerOptions, WorkerProblem } from "./worker.ts";

const known = ["journal", "concurrency", "drain", "poll", "takeovers", "once", "tape", "trace", "observe", "onRun", "onProblem"];
const what = "the options of the worker";

/** Checked, with the defaults filled in. */
export interface WorkerSettings {
  readonly journal: Journal;
  readonly concurrency: number;
  readonly poll: number;
  readonly takeovers: number;
  readonly once: boolean;
  readonly drain: AbortSignal | undefined;
  /** For every run. */
  readonly run: Omit<RunOptions, "journal" | "drain">;
  readonly onRun: (event: WorkerEvent) => void;
  readonly onProblem: (problem: WorkerProblem) => void;
}

export function readWorkerOptions(options: WorkerOptions): WorkerSettings {
  checkOptions(options, known, undefined, what);
  const { journal, concurrency = 8, drain, poll = 500, takeovers = defaultTakeovers, once = false, onRun, onProblem, ...run } = options;
  if (typeof journal?.claim !== "function")
    throw new BuildError("a journal to work for", journal, { advice: "make one with sqliteJournal() of heddle/sqlite" });
  // What belongs to the runs is checked here as a run would, and not with the first one.
  readSettings({ ...run, journal, ...(drain !== undefined && { drain }) }, {} as Definition);
  if (typeof once !== "boolean") throw new BuildError('"once" of the worker to be true or false', once);
  return {
    journal,
    concurrency: readCount(concurrency, '"concurrency" of the worker', undefined, 1),
    poll: readCount(poll, '"poll" of the worker, in ms,', undefined, 10),
    takeovers: takeovers === Number.POSITIVE_INFINITY ? takeovers : readCount(takeovers, '"takeovers" of the worker', undefined, 0),
    once,
    drain,
    run,
    onRun: readListener(onRun, "onRun") ?? (() => {}),
    onProblem: readListener(onProblem, "onProblem") ?? warn,
  };
}

function readListener<T>(listener: T | undefined, name: string): T | undefined {
  if (listener !== undefined && typeof listener !== "function") throw new BuildError(`"${name}" of the worker to be a function`, listener);
  return listener;
}

function warn({ type, message }: WorkerProblem): void {
  emitWarning(message, { code: `HEDDLE_${type.toUpperCase()}` });
}

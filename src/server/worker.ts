// Users may compile for an older language and without the types of Node.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Journal } from "../journal/journal.ts";
import type { Listener } from "../types/event.ts";
import type { OpenWait, RunFailure } from "../types/failure.ts";
import type { Invalid } from "../types/names.ts";
import type { RunOptions } from "../types/options.ts";
import type { Run } from "../types/run.ts";
import { plansByName, type Workable } from "./plans.ts";
import { readWorkerOptions } from "./read-options.ts";
import { WorkLoop } from "./work-loop.ts";

/** How a worker works. `tape`, `trace` and `observe` are those of every run that it takes up; limits and budgets belong to the runs. */
export interface WorkerOptions extends Pick<RunOptions, "tape" | "trace"> {
  readonly journal: Journal;
  /** How many runs may be under way at once; 8 unless told. Within each, the run's own `concurrency` counts. */
  readonly concurrency?: number;
  /** Stops the worker as `stop()` does: `drainSignal()` for SIGTERM and SIGINT. */
  readonly drain?: AbortSignal;
  /** Ms between two looks for runs that are ready, while a place is free; from 10 up, 500 unless told. */
  readonly poll?: number;
  /**
   * How often in a row a run is taken over from a process that died at it, with nothing new recorded; 5 unless told. Then it may
   * be what kills them, and is left alone, told to `onProblem`, until somebody resumes, answers or cancels it.
   */
  readonly takeovers?: number;
  /** Works off what is ready, and then stops by itself. */
  readonly once?: boolean;
  /** Sees the events of all its runs, each with its `runId`. */
  readonly observe?: Listener | readonly Listener[];
  /** Hears of each run that is taken up, and how it ended here: after each `run.taken` comes its `run.left`. */
  readonly onRun?: (event: WorkerEvent) => void;
  /** Hears of what the worker cannot do; unless given, such a problem is a warning of the process. */
  readonly onProblem?: (problem: WorkerProblem) => void;
}

/** What a worker does with a run. */
export type WorkerEvent =
  | {
      readonly type: "run.taken";
      readonly runId: string;
      readonly plan: string;
      /** It was enqueued, its owner died or let it go, it has an answer or a cancel, or a wait's time has run out. */
      readonly why: "new" | "abandoned" | "message" | "due";
    }
  | (Left & { readonly status: "completed"; readonly run: Run<unknown, object> })
  | (Left & { readonly status: "failed" | "cancelled"; readonly failure: RunFailure<unknown, object> })
  | (Left & { readonly status: "suspended"; readonly waits: readonly OpenWait[] })
  /** Not over: the worker was stopped, the run has another owner, or it cannot go on here, which `onProblem` hears too. */
  | (Left & { readonly status: "interrupted"; readonly failure: RunFailure<unknown, object> });

interface Left {
  readonly type: "run.left";
  readonly runId: string;
  readonly plan: string;
  /** Since it was taken up. */
  readonly durationMs: number;
}

/** What a worker cannot do, told once. */
export type WorkerProblem =
  | {
      /** Runs of a plan that this worker does not have are ready: they are left alone. */
      readonly type: "unknown_plan";
      readonly plan: string;
      readonly message: string;
    }
  | {
      /** The run cannot go on here, as with `plan_changed`; it is left as it is. */
      readonly type: "cannot_go_on";
      readonly runId: string;
      readonly plan: string;
      readonly failure: RunFailure<unknown, object>;
      readonly message: string;
    }
  | {
      /** Process after process died at the run, more often than `takeovers`: it is left as it is. */
      readonly type: "left_alone";
      readonly runId: string;
      readonly plan: string;
      /** How many owners it has lost in a row. */
      readonly lostOwners: number;
      readonly message: string;
    }
  | {
      /** The journal cannot be read; the worker tries on, less and less often. */
      readonly type: "journal_failed";
      readonly message: string;
      readonly cause: unknown;
    };

/** A worker that works, until it is stopped. */
export interface Worker extends AsyncDisposable {
  /** Takes up nothing more and drains what is under way; resolves when that is done. The journal stays open. */
  stop(): Promise<void>;
  /** Resolves when the worker has stopped. Never rejects. */
  readonly closed: Promise<void>;
  /** The ids of the runs that are under way here. */
  readonly runs: readonly string[];
}

/**
 * Takes up the runs of these plans that a journal has ready: those that were enqueued, that lost their owner, that have an
 * answer or a cancel, and those whose wait has timed out. Any number of workers, in any number of processes of a machine,
 * share a journal: a run has one owner at a time, and one that dies is replaced within a second.
 *
 * A run of a plan that it does not have is left alone. One that cannot go on here, since the plan is another now, is told
 * to `onProblem` and left as it is, and so is one that kills process after process.
 *
 * ```ts
 * const journal = sqliteJournal("runs.db");
 * await using crew = worker([article, review], { journal, drain: drainSignal() });
 * await crew.closed;
 * ```
 */
export function worker(plans: readonly (Workable | Invalid<"call .build() on a workflow first">)[], options: WorkerOptions): Worker {
  const settings = readWorkerOptions(options);
  const loop = new WorkLoop(plansByName(plans), settings);
  return Object.freeze({
    stop: () => loop.stop(),
    closed: loop.closed,
    get runs() {
      return loop.runs;
    },
    [Symbol.asyncDispose]: () => loop.stop(),
  });
}

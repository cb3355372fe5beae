import { err, ok, type Result } from "neverthrow";
import type { Definition } from "../plan/node.ts";
import type { RunEvent } from "../types/event.ts";
import type { RunFailure } from "../types/failure.ts";
import type { Run } from "../types/run.ts";
import { FinishedRun, finishedFailure } from "./finished.ts";
import { InProcess } from "./in-process.ts";
import { programOf } from "./program.ts";
import { listenersOf, Progress } from "./progress.ts";
import { type Ended, Scheduler } from "./schedule.ts";
import type { RunSettings } from "./settings.ts";
import type { State } from "./state.ts";
import { Trace } from "./trace.ts";
import { noUsage } from "./usage.ts";

export type Outcome = Result<Run<unknown, object>, RunFailure<unknown, object>>;

/** A run under way in this process. */
export interface Running {
  readonly outcome: Promise<Outcome>;
  start(): void;
  cancel(reason: unknown): void;
}

/** Makes a run ready; nothing of it happens before `start()`. */
export function prepareRun(definition: Definition, input: unknown, settings: RunSettings): Running {
  const { clock, signal, runId } = settings;
  const port = new InProcess(clock, settings.random);
  const program = programOf(definition);
  const startedAt = clock.now();
  const trace = new Trace(settings.traceAll, clock.date() - startedAt);
  const progress = new Progress(trace, runId, listenersOf(settings.listeners), startedAt);
  const state = settings.state === undefined ? program.state : Object.freeze({ ...program.state, ...settings.state });
  let settle: (outcome: Outcome) => void;
  const outcome = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });

  const ended = (result: Ended) => {
    signal?.removeEventListener("abort", onAbort);
    const durationMs = progress.now - startedAt;
    const usage = progress.usage ?? noUsage;
    const common = { runId, path: "", step: "", at: progress.at, durationMs, usage };
    if (result.failure === undefined) progress.emit?.({ type: "run.completed", ...common });
    else progress.emit?.({ type: "run.failed", ...common, failure: result.failure });
    settle(
      result.failure === undefined
        ? ok(new FinishedRun(scheduler, definition, result.value, durationMs))
        : err(finishedFailure(scheduler, result.failure)),
    );
  };
  const scheduler = new Scheduler(runId, program, input, state as State, port, progress, settings, ended);
  const onAbort = () => scheduler.cancel(signal?.reason);

  return {
    outcome,
    start: () => {
      progress.emit?.({ type: "run.started", runId, path: "", step: "", at: progress.at, plan: definition.name } satisfies RunEvent);
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener("abort", onAbort);
      scheduler.start();
    },
    cancel: (reason) => scheduler.cancel(reason),
  };
}

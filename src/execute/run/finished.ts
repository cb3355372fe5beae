import type { Definition } from "../../plan/node.ts";
import type { AnyFailure, RunFailure } from "../../types/failure.ts";
import type { Run } from "../../types/run.ts";
import type { TraceRecord } from "../../types/trace.ts";
import type { Usage } from "../../types/usage.ts";
import type { Scheduler } from "../schedule/schedule.ts";
import { noUsage } from "../trace/usage.ts";
import { allSteps } from "../values/frame.ts";
import type { Op } from "../values/op.ts";

/**
 * A run that succeeded. Its records are made when somebody reads them, since most runs are read for their output alone;
 * by getters of the class, because getters written in an object literal give every run a hidden class of its own, which
 * keeps all that the run held alive until the next full garbage collection (measured: 2 to 3 times the time a step).
 */
export class FinishedRun implements Run<unknown, object> {
  declare readonly output: unknown;
  declare readonly usage: Usage;
  declare readonly durationMs: number;
  readonly #scheduler: Scheduler;
  readonly #definition: Definition;
  readonly #end: number;
  #steps: object | undefined;
  #trace: readonly TraceRecord[] | undefined;

  constructor(scheduler: Scheduler, definition: Definition, output: unknown, durationMs: number) {
    this.output = output;
    this.usage = scheduler.progress.usage ?? noUsage;
    this.durationMs = durationMs;
    this.#scheduler = scheduler;
    this.#definition = definition;
    this.#end = scheduler.progress.now;
  }

  get id(): string {
    return this.#scheduler.id;
  }

  get steps(): object {
    this.#steps ??= allSteps(this.#scheduler.frame);
    return this.#steps;
  }

  get trace(): readonly TraceRecord[] {
    this.#trace ??= this.#scheduler.progress.trace.records(this.#end);
    return this.#trace;
  }

  record(step: string): TraceRecord | undefined {
    return this.#scheduler.progress.trace.lastRecord(this.#end, this.#of(step));
  }

  records(step: string): readonly TraceRecord[] {
    return this.#scheduler.progress.trace.records(this.#end, this.#of(step));
  }

  toJSON(): object {
    const { id, output, steps, trace, usage, durationMs } = this;
    return { id, output, steps, trace, usage, durationMs };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): object {
    return this.toJSON();
  }

  #of(step: string): (op: Op) => boolean {
    return (op) => op.id === step && op.plan === this.#definition;
  }
}

const source = Symbol("source");

interface Whole {
  readonly [source]: { readonly scheduler: Scheduler; readonly end: number };
}

/** One function for all failures, for the reason given above; an own property, so that copies of a failure keep their trace. */
function readTrace(this: Whole): readonly TraceRecord[] {
  const { scheduler, end } = this[source];
  const value = scheduler.progress.trace.records(end);
  Object.defineProperty(this, "trace", { value, enumerable: true });
  return value;
}

const traceProperty = { get: readTrace, enumerable: true, configurable: true };

/** A failure with all that the run had done before. */
export function finishedFailure(scheduler: Scheduler, failure: AnyFailure): RunFailure<unknown, object> {
  const { id, frame, progress } = scheduler;
  const whole = { ...failure, runId: id, steps: allSteps(frame), usage: progress.usage ?? noUsage };
  Object.defineProperty(whole, source, { value: { scheduler, end: progress.now } });
  Object.defineProperty(whole, "trace", traceProperty);
  return whole as unknown as RunFailure<unknown, object>;
}

/** The failure of a run that never came to be here. */
export function unbegun(failure: AnyFailure, runId: string): RunFailure<unknown, object> {
  return { ...failure, runId, steps: {}, trace: [], usage: noUsage } as unknown as RunFailure<unknown, object>;
}

import { err, ok, type Result } from "neverthrow";
import type { Definition } from "../../plan/node.ts";
import type { RunEvent } from "../../types/event.ts";
import type { AnswerRefused, OpenWait, RunFailure } from "../../types/failure.ts";
import type { Run } from "../../types/run.ts";
import type { Port } from "../port/port.ts";
import { programOf } from "../program/program.ts";
import { Scheduler } from "../schedule/schedule.ts";
import { openWaits } from "../schedule/waits.ts";
import { listenersOf, Progress } from "../trace/progress.ts";
import { Trace } from "../trace/trace.ts";
import { noUsage } from "../trace/usage.ts";
import type { State } from "../values/state.ts";
import { FinishedRun, finishedFailure } from "./finished.ts";
import type { Ended } from "./owner.ts";
import type { RunSettings } from "./settings.ts";

export type Outcome = Result<Run<unknown, object>, RunFailure<unknown, object>>;

/** A run in this process. Nothing of it happens before `start()`. */
export class Running {
  declare readonly outcome: Promise<Outcome>;
  readonly #definition: Definition;
  readonly #signal: AbortSignal | undefined;
  declare readonly scheduler: Scheduler;
  readonly #startedAt: number;
  readonly #settle: (outcome: Outcome) => void;
  /** Set while the caller's signal is listened to. */
  #onAbort: (() => void) | undefined;

  constructor(definition: Definition, input: unknown, settings: RunSettings, port: Port) {
    const { signal, runId } = settings;
    this.#definition = definition;
    this.#signal = signal;
    const program = programOf(definition);
    const startedAt = port.now();
    this.#startedAt = startedAt;
    const trace = new Trace(settings.traceAll, startedAt, port.date());
    const progress = new Progress(trace, runId, listenersOf(settings.listeners), startedAt);
    const state = settings.state === undefined ? program.state : Object.freeze({ ...program.state, ...settings.state });
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.outcome = promise;
    this.#settle = resolve;
    this.scheduler = new Scheduler(program, input, state as State, port, progress, settings, this);
  }

  get id(): string {
    return this.scheduler.id;
  }

  start(): void {
    const { progress } = this.scheduler;
    const { name } = this.#definition;
    progress.emit?.({ type: "run.started", runId: this.id, path: "", step: "", at: progress.at, plan: name } satisfies RunEvent);
    const signal = this.#signal;
    if (signal?.aborted === true) this.cancel(signal.reason);
    else if (signal !== undefined) {
      this.#onAbort = () => this.cancel(signal.reason);
      signal.addEventListener("abort", this.#onAbort);
    }
    this.scheduler.start();
  }

  cancel(reason: unknown): void {
    this.scheduler.cancel(reason);
  }

  get waits(): readonly OpenWait[] {
    return openWaits(this.scheduler);
  }

  /** Answers a wait; never rejects. What that takes is loaded with the first answer: few programs wait for one. */
  async answer(step: string, given: unknown, path: string | undefined): Promise<Result<void, AnswerRefused>> {
    const { scheduler } = this;
    const wait = scheduler.waits.find(step, path);
    const { answer } = await import("../../answers/answer.ts");
    return answer(scheduler, this.#definition, wait, step, given, path);
  }

  /** The scheduler's word that everything is over. */
  ended(ended: Ended): void {
    const scheduler = this.scheduler;
    const { progress } = scheduler;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
    const durationMs = progress.now - this.#startedAt;
    if (progress.emit !== undefined) this.#tell(ended, durationMs);
    this.#settle(
      ended.failure === undefined
        ? ok(new FinishedRun(scheduler, this.#definition, ended.value, durationMs))
        : err(finishedFailure(scheduler, ended.failure)),
    );
  }

  #tell({ failure }: Ended, durationMs: number): void {
    const { progress } = this.scheduler;
    const common = { runId: this.id, path: "", step: "", at: progress.at, durationMs, usage: progress.usage ?? noUsage };
    if (failure === undefined) progress.emit?.({ type: "run.completed", ...common });
    else if (failure.type === "suspended") progress.emit?.({ type: "run.suspended", ...common, waits: failure.waits });
    else progress.emit?.({ type: "run.failed", ...common, failure });
  }
}

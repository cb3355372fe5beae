import { setMaxListeners } from "node:events";
import { err } from "neverthrow";
import { elsewhere } from "../execute/outcome/failure.ts";
import { isThenable } from "../execute/outcome/result.ts";
import { unbegun } from "../execute/run/finished.ts";
import type { JournalFailed } from "../journal/failure.ts";
import type { ListedRun, OwnedRun } from "../journal/journal.ts";
import { isOver } from "../journal/status.ts";
import { messageOf } from "../plan/show.ts";
import { holding } from "./holding.ts";
import type { Resumable, Resumed } from "./plans.ts";
import type { WorkerSettings } from "./read-options.ts";
import { Setbacks } from "./setbacks.ts";
import { Strangers } from "./strangers.ts";
import { Suspects } from "./suspects.ts";
import type { WorkerEvent, WorkerProblem } from "./worker.ts";

/** The longest pause between two looks at a journal that fails, in ms. */
const longestPause = 10_000;

/** Looks for runs that are ready, and takes up as many at once as there are places. */
export class WorkLoop {
  readonly closed: Promise<void>;
  readonly #plans: ReadonlyMap<string, Resumable>;
  readonly #settings: WorkerSettings;
  readonly #active = new Map<string, Promise<void>>();
  readonly #setbacks = new Setbacks();
  readonly #strangers: Strangers;
  readonly #suspects: Suspects;
  readonly #drain = new AbortController();
  #wake: (() => void) | undefined;
  /** How often in a row the journal could not be read. */
  #failures = 0;

  constructor(plans: ReadonlyMap<string, Resumable>, settings: WorkerSettings) {
    this.#plans = plans;
    this.#settings = settings;
    this.#strangers = new Strangers(settings.journal, plans);
    this.#suspects = new Suspects(settings.journal, settings.takeovers);
    // Every run listens to it.
    setMaxListeners(0, this.#drain.signal);
    const { drain } = settings;
    if (drain?.aborted === true) this.#stopping();
    else drain?.addEventListener("abort", this.#stopping);
    this.closed = this.#work().finally(() => drain?.removeEventListener("abort", this.#stopping));
  }

  get runs(): readonly string[] {
    return [...this.#active.keys()];
  }

  stop(): Promise<void> {
    this.#stopping();
    return this.closed;
  }

  readonly #stopping = () => {
    this.#drain.abort(new Error("the worker is stopped"));
    this.#wake?.();
  };

  async #work(): Promise<void> {
    const { signal } = this.#drain;
    while (!signal.aborted) {
      const free = this.#settings.concurrency - this.#active.size;
      if (free > 0) await this.#look(free);
      if (this.#settings.once && this.#active.size === 0) break;
      if (!signal.aborted) await this.#pause();
    }
    await Promise.all(this.#active.values());
  }

  /** Until a run has ended, or until it is time for another look: with all places taken there is nothing to look for. */
  #pause(): Promise<void> {
    const { poll, concurrency } = this.#settings;
    return new Promise((resolve) => {
      const ms = Math.max(poll, Math.min(longestPause, poll * 2 ** this.#failures));
      const timer = this.#active.size < concurrency ? setTimeout(() => this.#wake?.(), ms) : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Takes up as many runs as it finds ready, the oldest first, and places are free. */
  async #look(free: number): Promise<void> {
    const found: ListedRun[] = [];
    for (const plan of this.#plans.keys()) {
      const listed = await this.#settings.journal.runs({ ready: true, plan, limit: free + this.#active.size + this.#setbacks.size });
      if (listed.isErr()) return this.#cannotRead(listed.error);
      found.push(...listed.value);
    }
    const strange = await this.#strangers.look();
    if (strange.isErr()) return this.#cannotRead(strange.error);
    for (const problem of strange.value) this.#problem(problem);
    this.#failures = 0;
    const candidates = found.filter((run) => !this.#active.has(run.id) && !this.#setbacks.holds(run) && this.#mayTake(run));
    candidates.sort((one, other) => one.createdAt - other.createdAt);
    const ready = await this.#suspects.among(candidates, this.#active);
    if (this.#drain.signal.aborted) return;
    await Promise.all(ready.slice(0, free).map((run) => this.#take(run)));
  }

  #mayTake(run: ListedRun): boolean {
    const verdict = this.#suspects.verdict(run);
    if (verdict === undefined) return true;
    this.#setbacks.never(run);
    this.#problem(verdict);
    return false;
  }

  #cannotRead({ type, message, cause }: JournalFailed): void {
    if (this.#failures++ === 0) this.#problem({ type, message, cause });
  }

  /** Resolves when it is clear who has the run. */
  async #take(run: ListedRun): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#active.set(run.id, this.#goOn(run, resolve));
    await promise;
  }

  async #goOn(run: ListedRun, taken: () => void): Promise<void> {
    let owned: OwnedRun | undefined;
    let from: number | undefined;
    try {
      const claimed = await this.#settings.journal.claim(run.id);
      // Another worker was faster, or the journal fails, which the next look will tell.
      if (claimed.isErr()) return;
      owned = claimed.value;
      if (isOver(owned.run.status)) return void (await owned.release());
      taken();
      this.#setbacks.taken(run);
      const { id: runId, plan } = run;
      from = performance.now();
      this.#tell({ type: "run.taken", runId, plan, why: whyReady(run) });
      const journal = holding(this.#settings.journal, owned);
      const options = { ...this.#settings.run, journal, drain: this.#drain.signal };
      const result = await (this.#plans.get(plan) as Resumable).resume(runId, options);
      this.#left(run, result, performance.now() - from);
    } catch (thrown) {
      // Neither journals nor plans reject; whatever does must not take the worker with it, nor keep the run from others.
      await owned?.release().catch(() => {});
      const message = messageOf(thrown);
      if (from === undefined) this.#problem({ type: "journal_failed", message, cause: thrown });
      else this.#left(run, err(unbegun(elsewhere("journal_failed", message, thrown), run.id)), performance.now() - from);
    } finally {
      taken();
      this.#active.delete(run.id);
      this.#wake?.();
    }
  }

  #left(run: ListedRun, result: Resumed, durationMs: number): void {
    const { id: runId, plan } = run;
    const left = { type: "run.left", runId, plan, durationMs } as const;
    if (result.isOk()) {
      this.#setbacks.forget(runId);
      return this.#tell({ ...left, status: "completed", run: result.value });
    }
    const failure = result.error;
    switch (failure.type) {
      case "suspended":
        return this.#tell({ ...left, status: "suspended", waits: failure.waits });
      case "interrupted":
        return this.#tell({ ...left, status: "interrupted", failure });
      case "plan_changed":
      case "journal_failed":
      case "run_locked":
      case "run_exists":
      case "run_not_found":
        if (failure.type === "plan_changed") this.#setbacks.never(run);
        this.#problem({ type: "cannot_go_on", runId, plan, failure, message: failure.message });
        return this.#tell({ ...left, status: "interrupted", failure });
      default:
        this.#setbacks.forget(runId);
        return this.#tell({ ...left, status: failure.type === "cancelled" ? "cancelled" : "failed", failure });
    }
  }

  #tell(event: WorkerEvent): void {
    guarded(() => this.#settings.onRun(event));
  }

  #problem(problem: WorkerProblem): void {
    guarded(() => this.#settings.onProblem(problem));
  }
}

/** A listener that throws, or that promises and fails, harms neither the worker nor the run. */
function guarded(tell: () => unknown): void {
  const warn = (thrown: unknown) => process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
  try {
    const told = tell();
    if (isThenable(told)) void Promise.resolve(told).catch(warn);
  } catch (thrown) {
    warn(thrown);
  }
}

function whyReady({ status, records, wakeAt, lostOwners }: ListedRun): Extract<WorkerEvent, { readonly type: "run.taken" }>["why"] {
  if (status === "running") return records <= 1 && lostOwners === 0 ? "new" : "abandoned";
  return wakeAt !== undefined && wakeAt <= Date.now() ? "due" : "message";
}

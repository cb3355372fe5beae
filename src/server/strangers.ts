import { ok, type Result } from "neverthrow";
import type { JournalFailed } from "../journal/failure.ts";
import type { Journal } from "../journal/journal.ts";
import type { WorkerProblem } from "./worker.ts";

/** How long until it is worth to look again, in ms: a plan without a worker is a matter for people. */
const pause = 30_000;

/** Finds plans that have runs ready, and no worker here. */
export class Strangers {
  readonly #journal: Journal;
  readonly #plans: ReadonlyMap<string, unknown>;
  readonly #told = new Set<string>();
  #next = Number.NEGATIVE_INFINITY;

  constructor(journal: Journal, plans: ReadonlyMap<string, unknown>) {
    this.#journal = journal;
    this.#plans = plans;
  }

  /** What is to be told of them, once for each. */
  async look(): Promise<Result<readonly WorkerProblem[], JournalFailed>> {
    if (performance.now() < this.#next) return ok([]);
    const ready = await this.#journal.runs({ ready: true });
    if (ready.isOk()) this.#next = performance.now() + pause;
    return ready.map((runs) => {
      const strange = new Set(runs.map(({ plan }) => plan).filter((plan) => !this.#plans.has(plan) && !this.#told.has(plan)));
      return [...strange].map((plan) => {
        this.#told.add(plan);
        const names = [...this.#plans.keys()].map((name) => JSON.stringify(name)).join(", ");
        const message = `Expected runs of ${names}, got one of plan ${JSON.stringify(plan)} that is ready: it is left alone; give the plan to a worker`;
        return { type: "unknown_plan", plan, message };
      });
    });
  }
}

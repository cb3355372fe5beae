import type { Journal, ListedRun } from "../journal/journal.ts";
import type { WorkerProblem } from "./worker.ts";

/** How often in a row a run is taken over from a process that died at it, unless a worker is told. */
export const defaultTakeovers = 5;
/** From so many lost owners in a row on, a run may be what kills them. */
const suspicious = 2;

/**
 * Runs that may be what kills their processes. A process that dies takes all its runs with it, so none is to be judged by that
 * alone: of those that have lost two owners one is taken up at a time, beside runs that have not. Then what gets on is free
 * of suspicion at its next record, and what does not is alone with its deaths.
 */
export class Suspects {
  readonly #journal: Journal;
  /** How often in a row a run is taken over. */
  readonly #takeovers: number;
  /** Those that were taken up here. */
  readonly #taken = new Set<string>();

  constructor(journal: Journal, takeovers: number) {
    this.#journal = journal;
    this.#takeovers = takeovers;
  }

  /** Why a run is left alone until somebody has looked at it, or said something to it; undefined where it is not. */
  verdict({ id, plan, lostOwners, unseen }: ListedRun): Extract<WorkerProblem, { readonly type: "left_alone" }> | undefined {
    if (lostOwners <= this.#takeovers || unseen) return undefined;
    const message = `Expected run ${JSON.stringify(id)} of plan ${JSON.stringify(plan)} to get on, got ${lostOwners === 1 ? "a process" : `${lostOwners} processes in a row`} that died at it with nothing new recorded: it is left alone; see what ends them (a crash, memory), then resume or cancel it, or give a worker more "takeovers"`;
    return { type: "left_alone", runId: id, plan, lostOwners, message };
  }

  /** Those of the runs that may be taken up now, in their order, beside the ones that are under way. */
  async among(ready: readonly ListedRun[], underWay: ReadonlyMap<string, unknown>): Promise<readonly ListedRun[]> {
    if (!ready.some(isSuspect)) return ready;
    let room = !(await this.#anyOf(underWay));
    return ready.filter((run) => {
      if (!isSuspect(run)) return true;
      const first = room;
      room = false;
      if (first) this.#taken.add(run.id);
      return first;
    });
  }

  /** Whether one that was taken up here has got nowhere yet. */
  async #anyOf(underWay: ReadonlyMap<string, unknown>): Promise<boolean> {
    for (const id of this.#taken) {
      const run = underWay.has(id) ? await this.#journal.find(id) : undefined;
      if (run?.isOk() === true && run.value.lostOwners > 0) return true;
      this.#taken.delete(id);
    }
    return false;
  }
}

function isSuspect({ lostOwners }: ListedRun): boolean {
  return lostOwners >= suspicious;
}

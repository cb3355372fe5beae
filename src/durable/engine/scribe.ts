import { err, type Result } from "neverthrow";
import { type Interrupted, type JournalFailed, journalFailed } from "../../journal/failure.ts";
import type { OwnedRun, RunChange } from "../../journal/journal.ts";
import { type Entry, write } from "../records/record.ts";
import type { RunTime } from "./run-time.ts";

/** What is still written of a run that is left: nothing, where it may have another owner; else what steps came to that never asked for their signal. */
export type Leaving = "nothing" | "unaware";

/** What the scribe tells the one who made it. */
export interface Watcher {
  /** The journal takes nothing more: the run cannot go on here. */
  failed(failure: Interrupted | JournalFailed): void;
}

/** Writes entries down, and lets them reach the run once they are safe. */
export class Scribe {
  readonly #owned: OwnedRun;
  readonly #time: RunTime;
  readonly #watcher: Watcher;
  /** The run ends here without being over. */
  leaving: Leaving | undefined;
  /** Nothing more is written, nor called back. */
  over = false;

  constructor(owned: OwnedRun, time: RunTime, watcher: Watcher) {
    this.#owned = owned;
    this.#time = time;
    this.#watcher = watcher;
  }

  /** Writes what nothing waits for. What came before it is not written either, once the run leaves. */
  note(entries: readonly Entry[], change?: RunChange): void {
    if (this.over || this.leaving || (entries.length === 0 && change === undefined)) return;
    void this.#owned.append(
      entries.map((entry) => write(entry)._unsafeUnwrap()),
      change,
    );
  }

  /** Calls `apply` once the entries, which have no time, are safe; never where the run ends here before. */
  async before(entries: readonly Entry[], apply: () => void): Promise<void> {
    const stored = await this.#stored(entries.map((entry) => write(entry)._unsafeUnwrap()));
    if (this.over || this.leaving) return;
    if (stored.isErr()) this.#watcher.failed(stored.error);
    else apply();
  }

  /** Writes an entry that reaches the run, and calls `apply` at its time. */
  async append(text: string, entry: Entry, apply: () => void, change?: RunChange): Promise<void> {
    if (this.over) return;
    const isWritten = this.leaving === undefined || (this.leaving === "unaware" && entry.type === "settled");
    if (isWritten) {
      const stored = await this.#stored([text], { ...change, progress: true });
      if (this.over) return;
      // The step has ended all the same: nobody has to wait for it out of its grace.
      if (stored.isErr()) this.#watcher.failed(stored.error);
      if (this.over) return;
    }
    this.#time.set(entry);
    apply();
  }

  #stored(texts: readonly string[], change?: RunChange): Promise<Result<number, Interrupted | JournalFailed>> {
    return this.#owned.append(texts, change).catch((thrown: unknown) => err(journalFailed("the journal to answer", thrown)));
  }
}

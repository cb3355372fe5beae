import { err, ok, type Result } from "neverthrow";
import type { JournalFailed } from "../failure.ts";
import type { Connection } from "./connection.ts";

interface Job {
  readonly work: () => unknown;
  readonly settle: (outcome: Result<unknown, JournalFailed>) => void;
}

/** Brings everything that is written in one tick to the disk with one commit, and so with one sync. */
export class Commits {
  readonly #connection: Connection;
  #jobs: Job[] = [];
  #writing: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What `work` gives, once it is safe. It is synchronous and may be called more than once: only the last one counts. */
  write<T>(work: () => T): Promise<Result<T, JournalFailed>> {
    return new Promise((resolve) => {
      this.#jobs.push({ work, settle: resolve as Job["settle"] });
      this.#writing ??= this.#write();
    });
  }

  /** Resolves when nothing is left to write. */
  async idle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#jobs.length > 0) {
      // The rest of this tick may have something to write too.
      await new Promise(setImmediate);
      const jobs = this.#jobs;
      this.#jobs = [];
      await this.#together(jobs);
    }
    this.#writing = undefined;
  }

  async #together(jobs: readonly Job[]): Promise<void> {
    const committed = await this.#connection.attempt(() => this.#transaction(jobs));
    if (committed.isErr()) for (const { settle } of jobs) settle(err(committed.error));
    else if (committed.value !== "refused") for (const [index, { settle }] of jobs.entries()) settle(ok(committed.value[index]));
    // One of several could not be written (a text too large for SQLite, say): the others do not suffer for it.
    else for (const job of jobs) await this.#together([job]);
  }

  #transaction(jobs: readonly Job[]): readonly unknown[] | "refused" {
    const { database } = this.#connection;
    database.exec("BEGIN IMMEDIATE");
    let done: unknown[] | undefined;
    try {
      done = jobs.map(({ work }) => work());
      database.exec("COMMIT");
      this.#connection.checkFiles();
      return done;
    } catch (thrown) {
      // A failed commit is never tried again: what a disk says after it failed once is not to be trusted.
      if (database.isTransaction) database.exec("ROLLBACK");
      if (done === undefined && jobs.length > 1) return "refused";
      throw thrown;
    }
  }
}

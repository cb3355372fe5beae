import { fileURLToPath } from "node:url";
import { err, ok, type Result } from "neverthrow";
import { BuildError } from "../plan/build-error.ts";
import { badRunId, type JournalFailed, type RunLocked, type RunNotFound, runLocked, runNotFound } from "./failure.ts";
import type { Journal, ListedRun, Message, NewRun, OwnedRun, RunFilter, StoredRun } from "./journal.ts";
import { Commits } from "./sqlite/commits.ts";
import { Connection } from "./sqlite/connection.ts";
import { Mailbox } from "./sqlite/mailbox.ts";
import { Owned } from "./sqlite/owned-run.ts";
import { heartbeat, Owner } from "./sqlite/owner.ts";
import { type Row, Rows } from "./sqlite/rows.ts";
import { isOver, mayName } from "./status.ts";

export type { Interrupted, JournalFailed, RunLocked, RunNotFound } from "./failure.ts";
export type { Journal, ListedRun, ListedWait, Message, NewRun, OwnedRun, RunChange, RunFilter, RunStatus, StoredRun } from "./journal.ts";

/**
 * A journal in one SQLite file, which is made where it is not there; its folder has to be. Any number of processes of one
 * machine may share it. What was acknowledged is on the disk: it survives a killed process and a power failure.
 *
 * ```ts
 * const journal = sqliteJournal("runs.db");
 * ```
 *
 * Throws a `BuildError` for anything but a path or the URL of a file.
 */
export function sqliteJournal(file: string | URL): Journal {
  const path = pathOf(file);
  if (path !== undefined) return new SqliteJournal(path);
  const got = file instanceof URL ? file.href : file;
  throw new BuildError("the path of a journal's file", got, { advice: 'such as sqliteJournal("runs.db")' });
}

/** Undefined where it is none, as with a URL that names another machine. */
function pathOf(file: unknown): string | undefined {
  if (typeof file === "string" && !/^file:\/\//i.test(file)) return file;
  try {
    return fileURLToPath(file as string | URL);
  } catch {
    return undefined;
  }
}

class SqliteJournal implements Journal {
  readonly #connection: Connection;
  readonly #rows: Rows;
  readonly #commits: Commits;
  readonly #owner: Owner;
  readonly #mailbox: Mailbox;
  readonly #owned = new Set<Owned>();
  /** Those that were let go while nothing could be written. */
  readonly #unreleased = new Set<Owned>();
  #beat: NodeJS.Timeout | undefined;

  constructor(file: string) {
    this.#connection = new Connection(file);
    this.#rows = new Rows(this.#connection);
    this.#commits = new Commits(this.#connection);
    this.#owner = new Owner(this.#connection);
    this.#mailbox = new Mailbox(this.#connection);
  }

  async claim(run: NewRun | string): Promise<Result<OwnedRun, RunLocked | RunNotFound | JournalFailed>> {
    const id = typeof run === "string" ? run : run.id;
    if (!mayName(id)) return err(badRunId(id));
    const claimed = await this.#commits.write(() => {
      const before = this.#rows.run(id);
      if (before === undefined && typeof run === "string") return runNotFound(id);
      if (before !== undefined && this.#hasOwner(before)) return runLocked(id, this.#owner.describe(String(before.owner)));
      this.#owner.enter();
      if (typeof run !== "string" && before === undefined) this.#rows.create(run);
      const row = before ?? (this.#rows.run(id) as Row);
      const stored = this.#rows.stored(row, false);
      this.#rows.own(row, this.#owner.id);
      return { row: { ...row, token: row.token + 1 }, stored, created: before === undefined, abandoned: row.owner !== null };
    });
    if (claimed.isErr()) return err(claimed.error);
    if ("type" in claimed.value) return err(claimed.value);
    const { row, stored, created, abandoned } = claimed.value;
    const owned = new Owned(
      row,
      stored,
      { created, abandoned },
      {
        rows: this.#rows,
        commits: this.#commits,
        mailbox: this.#mailbox,
        forget: (one, released) => this.#forget(one, released),
      },
    );
    this.#owned.add(owned);
    this.#beat ??= setInterval(() => void this.#renew(), heartbeat).unref();
    return ok(owned);
  }

  async find(runId: string): Promise<Result<StoredRun, RunNotFound | JournalFailed>> {
    const found = await this.#connection.attempt(() => {
      const row = this.#rows.run(runId);
      return row === undefined ? undefined : this.#rows.stored(row, this.#hasOwner(row));
    });
    if (found.isErr()) return err(found.error);
    return found.value === undefined ? err(runNotFound(runId)) : ok(found.value);
  }

  runs(filter: RunFilter = {}): Promise<Result<readonly ListedRun[], JournalFailed>> {
    return this.#connection.attempt(() => {
      const { limit = 1_000, ready } = filter;
      const found: ListedRun[] = [];
      // Many runs may have one owner, and asking whether it is alive opens a file.
      const living = new Map<string | null, boolean>();
      const hasOwner = (row: Row) => {
        const known = living.get(row.owner) ?? this.#hasOwner(row);
        living.set(row.owner, known);
        return known;
      };
      for (const row of this.#rows.runs(filter)) {
        if (found.length >= limit) break;
        const owned = hasOwner(row);
        if (ready !== true || !owned) found.push(this.#rows.listed(row, owned));
      }
      // Who looks for work writes nothing, and would go on looking at a file that nobody else has.
      if (ready === true) this.#connection.checkFiles();
      return found;
    });
  }

  read(runId: string, { from = 1, limit = 10_000 } = {}): Promise<Result<readonly string[], JournalFailed>> {
    return this.#connection.attempt(() => {
      const row = this.#rows.run(runId);
      if (row === undefined || from > row.records) return [];
      return this.#rows.read(row, Math.max(from, 1), Math.min(row.records, from + limit - 1));
    });
  }

  messages(runId: string, after = 0): Promise<Result<readonly Message[], JournalFailed>> {
    return this.#connection.attempt(() => {
      const row = this.#rows.run(runId);
      return row === undefined ? [] : this.#rows.messages(row, after);
    });
  }

  async send(runId: string, key: string, body: string): Promise<Result<"sent" | "taken" | "over", RunNotFound | JournalFailed>> {
    const sent = await this.#commits.write(() => {
      const row = this.#rows.run(runId);
      if (row === undefined) return runNotFound(runId);
      if (isOver(row.status)) return "over" as const;
      return this.#rows.send(row, key, body) ? ("sent" as const) : ("taken" as const);
    });
    this.#mailbox.sent();
    if (sent.isErr()) return err(sent.error);
    return typeof sent.value === "string" ? ok(sent.value) : err(sent.value);
  }

  async delete(runId: string): Promise<Result<void, RunLocked | RunNotFound | JournalFailed>> {
    const deleted = await this.#commits.write(() => {
      const row = this.#rows.run(runId);
      if (row === undefined) return runNotFound(runId);
      if (this.#hasOwner(row)) return runLocked(runId, this.#owner.describe(String(row.owner)));
      this.#rows.remove(row);
      return undefined;
    });
    if (deleted.isErr()) return err(deleted.error);
    return deleted.value === undefined ? ok() : err(deleted.value);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    this.#mailbox.stop();
    await this.#commits.idle();
    if (this.#owner.isEntered) await this.#commits.write(() => this.#owner.leave());
    for (const owned of this.#owned) owned.lose();
    this.#owner.unlock();
    this.#connection.close();
  }

  async #renew(): Promise<void> {
    // Who has no run needs no lease, and the disk may rest; the next claim begins again.
    if (this.#owned.size === 0 && this.#unreleased.size === 0) {
      clearInterval(this.#beat);
      this.#beat = undefined;
      return;
    }
    const renewed = await this.#commits.write(() => {
      if (!this.#owner.renew()) this.#owner.enter();
      for (const owned of this.#unreleased) owned.letGo();
      return { lost: [...this.#owned].filter((owned) => !owned.isCurrent()), released: [...this.#unreleased] };
    });
    // What could not be written is told to whoever appends.
    if (renewed.isErr()) return;
    for (const owned of renewed.value.released) this.#unreleased.delete(owned);
    for (const owned of renewed.value.lost) owned.lose();
  }

  #forget(owned: Owned, released: boolean): void {
    this.#owned.delete(owned);
    if (!released) this.#unreleased.add(owned);
  }

  #hasOwner({ owner, number, token }: Row): boolean {
    if (owner === null) return false;
    if (owner !== this.#owner.id) return this.#owner.isAlive(owner);
    return ![...this.#unreleased].some((owned) => owned.row.number === number && owned.row.token === token);
  }
}

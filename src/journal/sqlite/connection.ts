import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { err, ok, type Result } from "neverthrow";
import { type JournalFailed, journalFailed } from "../failure.ts";
import { prepareSchema } from "./schema.ts";

/** How long SQLite itself waits for a lock, in ms: the event loop stands still for it. What takes longer waits in a timer. */
const standstill = 20;
/** How long a lock is waited for in all, in ms. */
const patience = 10_000;

/** The one connection of a journal to its file, opened by the first who needs it. */
export class Connection {
  readonly #given: string;
  #file: string;
  #database: DatabaseSync | undefined;
  #closed = false;
  /** Which files are open, by their names: a name may come to stand for another one, or for none. */
  readonly #opened = new Map<string, string>();
  readonly #statements = new Map<string, StatementSync>();

  constructor(file: string) {
    this.#given = file;
    this.#file = resolve(file);
  }

  /** Once it is open, the same for all who have it open, by whatever links they came: what lies beside it has its name. */
  get file(): string {
    return this.#file;
  }

  /** A statement, prepared once. */
  sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  get database(): DatabaseSync {
    if (this.#closed) throw new Error("a journal that is closed");
    this.#database ??= this.#open();
    return this.#database;
  }

  /** What `work` gives. It may be called again: while another process has the file locked, nothing has happened. */
  async attempt<T>(work: () => T): Promise<Result<T, JournalFailed>> {
    const end = performance.now() + patience;
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      try {
        return ok(work());
      } catch (thrown) {
        if (!isBusy(thrown) || performance.now() > end) return err(this.failed(thrown));
      }
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  /**
   * Throws where what was written is in files that nobody can open any more: SQLite goes on writing to a file that was
   * removed, and says that all is well.
   */
  checkFiles(): void {
    for (const file of [this.file, `${this.file}-wal`]) {
      const found = identityOf(file);
      const opened = this.#opened.get(file) ?? found;
      if (found === undefined || found !== opened) throw new Error(gone);
      this.#opened.set(file, found);
    }
  }

  failed(thrown: unknown): JournalFailed {
    return journalFailed(`to read and write the journal ${JSON.stringify(this.#given)}`, thrown, adviceOn(codeOf(thrown)));
  }

  close(): void {
    this.#closed = true;
    this.#statements.clear();
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): DatabaseSync {
    if (this.#given === "" || this.#given === ":memory:")
      throw new Error(`${JSON.stringify(this.#given)}, which is not the name of a file`);
    const database = new DatabaseSync(this.file, { timeout: standstill });
    try {
      // A commit is on the disk before it is told: on macOS only fullfsync does that.
      database.exec("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
      this.#file = realpathSync(this.file);
      prepareSchema(database);
      this.#opened.set(this.file, identityOf(this.file) ?? gone);
      return database;
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  }
}

const gone = "a file that was removed or replaced while it was open: put it back where it was, and open the journal again";

/** What tells a file from every other one of the machine; undefined where there is none. */
function identityOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/** SQLite's own number for what is wrong, without its variants. */
function codeOf(thrown: unknown): number | undefined {
  const { errcode } = (thrown ?? {}) as { readonly errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : undefined;
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
function isBusy(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === 5 || code === 6;
}

function adviceOn(code: number | undefined): string | undefined {
  if (code === 5 || code === 6) return "another process holds the file; see whether one hangs";
  if (code === 8 || code === 14) return "its folder has to be there, and both have to be writable";
  if (code === 10 || code === 13) return "see to the disk; the run can be resumed from what is stored";
  if (code === 11 || code === 26) return "the file is damaged or something else; take it from a copy";
  return undefined;
}

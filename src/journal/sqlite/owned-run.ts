import { err, ok, type Result } from "neverthrow";
import { type Interrupted, interrupted, type JournalFailed, journalFailed } from "../failure.ts";
import type { OwnedRun, RunChange, StoredRun } from "../journal.ts";
import type { Commits } from "./commits.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Row, Rows } from "./rows.ts";

/** Is told of the end of an ownership, and whether it could be written. */
type Forget = (owned: Owned, released: boolean) => void;

/** A run under one fencing token. */
export class Owned implements OwnedRun {
  readonly run: StoredRun;
  readonly created: boolean;
  readonly abandoned: boolean;
  readonly row: Row;
  readonly #token: number;
  readonly #rows: Rows;
  readonly #commits: Commits;
  readonly #mailbox: Mailbox;
  readonly #forget: Forget;
  readonly #abort = new AbortController();
  #next: number;
  /** Why nothing more is taken. */
  #ended: Interrupted | JournalFailed | undefined;
  #released = false;
  readonly #stops = new Set<() => void>();

  constructor(
    row: Row,
    run: StoredRun,
    { created, abandoned }: { readonly created: boolean; readonly abandoned: boolean },
    tools: { readonly rows: Rows; readonly commits: Commits; readonly mailbox: Mailbox; readonly forget: Forget },
  ) {
    this.row = row;
    this.run = run;
    this.created = created;
    this.abandoned = abandoned;
    this.#token = row.token;
    this.#next = row.records + 1;
    this.#rows = tools.rows;
    this.#commits = tools.commits;
    this.#mailbox = tools.mailbox;
    this.#forget = tools.forget;
  }

  get lost(): AbortSignal {
    return this.#abort.signal;
  }

  async append(records: readonly string[], change: RunChange = {}): Promise<Result<number, Interrupted | JournalFailed>> {
    if (this.#ended !== undefined) return err(this.#ended);
    if (this.#released) return err(interrupted(this.row.id));
    const first = this.#next;
    this.#next += records.length;
    const written = await this.#commits.write(() => {
      if (this.#rows.change(this.row, this.#token, first - 1, records.length, change))
        return this.#rows.records(this.row.number, first, records);
      // One before it may have failed while this batch was waiting.
      return this.isCurrent()
        ? journalFailed("the records before it to be stored", `a batch that begins at ${first}`)
        : interrupted(this.row.id);
    });
    const failure = written.isErr() ? written.error : written.value;
    if (failure === undefined) return ok(first + records.length - 1);
    this.#ended ??= failure;
    if (failure.type === "interrupted") this.lose();
    return err(failure);
  }

  listen(heard: () => void): () => void {
    if (this.#ended !== undefined || this.#released) return () => {};
    const stop = this.#mailbox.listen(this.row.number, heard);
    this.#stops.add(stop);
    return () => {
      this.#stops.delete(stop);
      stop();
    };
  }

  async release(): Promise<Result<void, JournalFailed>> {
    this.#end();
    // Comes after what is on its way.
    const released = await this.#commits.write(() => this.letGo());
    this.#forget(this, released.isOk());
    return released;
  }

  /** Called in a transaction. Does nothing where somebody else has it. */
  letGo(): void {
    // What was begun while nothing could be written is known to nobody, as if this process had died.
    this.#rows.release(this.row, this.#token, this.#ended === undefined ? null : "");
  }

  /** Somebody else has it. */
  lose(): void {
    const lost = interrupted(this.row.id);
    this.#ended ??= lost;
    this.#end();
    this.#forget(this, true);
    this.#abort.abort(lost);
  }

  /** Whether the token is still the newest. Called in a transaction. */
  isCurrent(): boolean {
    return this.#rows.tokenOf(this.row) === this.#token;
  }

  #end(): void {
    this.#released = true;
    for (const stop of this.#stops) stop();
    this.#stops.clear();
  }
}

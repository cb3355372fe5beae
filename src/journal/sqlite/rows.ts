import type { StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { ListedRun, ListedWait, Message, NewRun, RunChange, RunFilter, RunStatus, StoredRun } from "../journal.ts";
import { isOver } from "../status.ts";
import { decodeWaits, encodeWaits, unanswered } from "../waits.ts";
import type { Connection } from "./connection.ts";

/** A run's row, with what only the journal itself needs. */
export interface Row extends Omit<ListedRun, "wakeAt" | "unseen" | "lostOwners" | "waits"> {
  readonly number: number;
  readonly wakeAt: number | null;
  readonly token: number;
  /** Null where the last one let it go, and "" where that one could not write any more. */
  readonly owner: string | null;
  /** How many owners before this one were lost. */
  readonly lost: number;
}

/** The records of a run begin here; see the schema. */
const placeOf = "? * 4294967296 + ?";
/** Where records are large, not more than this many characters of them, and one record, are read at a time. */
const largestPage = 2 ** 24;
const columns =
  "number, id, plan, fingerprint, status, wake_at AS wakeAt, records, seen, token, owner, lost, created_at AS createdAt, updated_at AS updatedAt";

/** The statements on a journal's tables, in their own words. */
export class Rows {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  run(id: string): Row | undefined {
    return this.#sql(`SELECT ${columns} FROM runs WHERE id = ?`).get(id) as unknown as Row | undefined;
  }

  /** Ready ones may have a living owner; the caller knows which. */
  *runs({ status, plan, ready, before, after }: RunFilter): Generator<Row> {
    // In terms that the index on the status serves: most runs of a journal are over.
    const open = ready === true ? "status IN ('running', 'suspended') AND" : "";
    const rows = this.#sql(`SELECT ${columns} FROM runs
      WHERE ${open} (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR plan = ?2) AND (?3 IS NULL OR status = 'running' OR status = 'suspended'
        AND (wake_at <= ?3 OR EXISTS (SELECT 1 FROM messages WHERE run = runs.number AND messages.number > runs.seen)))
        AND (?4 IS NULL OR updated_at < ?4) AND (?5 IS NULL OR number > (SELECT number FROM runs WHERE id = ?5))
      ORDER BY number`);
    yield* rows.iterate(
      status ?? null,
      plan ?? null,
      ready === true ? Date.now() : null,
      before ?? null,
      after ?? null,
    ) as unknown as Iterable<Row>;
  }

  create({ id, plan, fingerprint, input, records = [] }: NewRun): void {
    const now = Date.now();
    const { lastInsertRowid } = this.#connection
      .sql(`INSERT INTO runs (id, plan, fingerprint, status, records, seen, token, created_at, updated_at)
        VALUES (?, ?, ?, 'running', ?, 0, 0, ?, ?)`)
      .run(id, plan, fingerprint, records.length, now, now);
    this.records(Number(lastInsertRowid), 0, [input, ...records]);
  }

  /** Makes room for records after the first `stored`. False where the run is not this owner's any more, or has a gap there. */
  change({ number }: Row, token: number, stored: number, added: number, change: RunChange): boolean {
    const { status, wakeAt, seen, progress, waits } = change;
    const getsOn = status !== undefined || progress === true;
    const { changes } = this.#connection
      .sql(`UPDATE runs SET records = records + ?, status = ifnull(?, status), wake_at = CASE WHEN ? IS NULL THEN wake_at ELSE ? END,
        seen = ifnull(?, seen), lost = CASE WHEN ? THEN 0 ELSE lost END, updated_at = ? WHERE number = ? AND token = ? AND records = ?`)
      .run(added, status ?? null, status ?? null, wakeAt ?? null, seen ?? null, Number(getsOn), Date.now(), number, token, stored);
    if (changes === 0) return false;
    if (waits !== undefined) this.#wait(number, encodeWaits(waits));
    else if (status !== undefined && isOver(status)) this.#sql("DELETE FROM waits WHERE run = ?").run(number);
    return true;
  }

  #wait(number: number, body: string): void {
    this.#sql("INSERT OR REPLACE INTO waits (run, body, sum) VALUES (?, ?, ?)").run(number, body, crc32(body));
  }

  own(row: Row, owner: string): void {
    const { number, status } = row;
    const begun: RunStatus = status === "suspended" ? "running" : status;
    this.#sql("UPDATE runs SET owner = ?, token = token + 1, status = ?, lost = ? WHERE number = ?").run(
      owner,
      begun,
      lostAt(row, false),
      number,
    );
  }

  /** From here on nobody owns the run; `owner` is null where the last one let it go, and "" where it gave it up. */
  release({ number }: Row, token: number, owner: null | ""): void {
    this.#sql("UPDATE runs SET owner = ? WHERE number = ? AND token = ?").run(owner, number, token);
  }

  tokenOf({ number }: Row): unknown {
    return this.#sql("SELECT token FROM runs WHERE number = ?").get(number)?.["token"];
  }

  records(number: number, first: number, bodies: readonly string[]): void {
    const insert = this.#sql(`INSERT INTO records (place, body, sum) VALUES (${placeOf}, ?, ?)`);
    for (const [index, body] of bodies.entries()) insert.run(number, first + index, body, crc32(body, first + index));
  }

  /** Records `from` to `to`, both included, or the first of them where they are large. Throws where one of them is damaged. */
  read({ id, number }: Row, from: number, to: number): readonly string[] {
    const rows = this.#connection.sql(`SELECT body, sum FROM records WHERE place BETWEEN ${placeOf} AND ${placeOf} ORDER BY place`);
    // Rows as arrays: an object for each would take twice as long as all the rest of reading a long run.
    rows.setReturnArrays(true);
    const bodies: string[] = [];
    let size = 0;
    for (const [body, sum] of rows.iterate(number, from, number, to) as unknown as Iterable<readonly [body: string, sum: number]>) {
      const at = from + bodies.length;
      // A flipped bit may make a text the same bytes of another type.
      if (typeof body !== "string" || crc32(body, at) !== sum) throw damaged(at === 0 ? "the input" : `record ${at}`, id);
      bodies.push(body);
      size += body.length;
      if (size > largestPage) return bodies;
    }
    if (bodies.length <= to - from) throw damaged(`record ${from + bodies.length}`, id);
    return bodies;
  }

  stored(row: Row, hasOwner: boolean): StoredRun {
    return { ...this.listed(row, hasOwner), input: this.read(row, 0, 0)[0] as string };
  }

  /** What others may see of a row. `hasOwner`: one that is alive. */
  listed(row: Row, hasOwner: boolean): ListedRun {
    const { id, plan, fingerprint, status, wakeAt, records, seen, createdAt, updatedAt } = row;
    const unseen = isOver(status) ? none : this.#unseen(row);
    const waits = status === "suspended" ? this.#waits(row, unseen) : undefined;
    const lostOwners = lostAt(row, hasOwner);
    const run = { id, plan, fingerprint, status, wakeAt: wakeAt ?? undefined, records, seen, unseen: unseen.size > 0, lostOwners, waits };
    return { ...run, createdAt, updatedAt };
  }

  /** The keys of the messages that its owner has not used up. */
  #unseen({ number, seen }: Row): ReadonlySet<string> {
    const rows = this.#sql("SELECT key FROM messages WHERE run = ? AND number > ?").all(number, seen);
    return rows.length === 0 ? none : new Set(rows.map(({ key }) => String(key)));
  }

  #waits({ number }: Row, unseen: ReadonlySet<string>): readonly ListedWait[] | undefined {
    const found = this.#sql("SELECT body, sum FROM waits WHERE run = ?").get(number) as { body: string; sum: number } | undefined;
    if (found === undefined || crc32(found.body) !== found.sum) return undefined;
    const waits = decodeWaits(found.body);
    return waits && unanswered(waits, unseen);
  }

  #sql(text: string): StatementSync {
    return this.#connection.sql(text);
  }

  messages({ id, number }: Row, after: number): readonly Message[] {
    return this.#connection
      .sql("SELECT number, key, body, sum FROM messages WHERE run = ? AND number > ? ORDER BY number")
      .all(number, after)
      .map(({ number, key, body, sum }) => {
        if (crc32(String(body)) !== sum) throw damaged(`message ${String(number)}`, id);
        return { number: Number(number), key: String(key), body: String(body) };
      });
  }

  send({ number }: Row, key: string, body: string): boolean {
    const insert = this.#sql("INSERT INTO messages (run, key, body, sum) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
    return insert.run(number, key, body, crc32(body)).changes === 1;
  }

  remove({ number }: Row): void {
    this.#sql(`DELETE FROM records WHERE place BETWEEN ${placeOf} AND ${placeOf}`).run(number, 0, number, 2 ** 32 - 1);
    this.#sql("DELETE FROM messages WHERE run = ?").run(number);
    this.#sql("DELETE FROM waits WHERE run = ?").run(number);
    this.#sql("DELETE FROM runs WHERE number = ?").run(number);
  }
}

const none: ReadonlySet<string> = new Set();

/** How many owners were lost in a row, the last one too, where it is not there any more and has not let the run go. */
function lostAt({ owner, lost, status }: Row, hasOwner: boolean): number {
  return lost + (owner === null || owner === "" || hasOwner || isOver(status) ? 0 : 1);
}

function damaged(what: string, runId: string): Error {
  return new Error(`${what} of run ${JSON.stringify(runId)} damaged: take the file from a copy, or delete the run`);
}

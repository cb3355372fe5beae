import { crc32 } from "node:zlib";
import type { ListedRun, Message, NewRun, RunChange, RunFilter, RunStatus, StoredRun } from "../journal.ts";
import type { Connection } from "./connection.ts";

/** A run's row, with what only the journal itself needs. */
export interface Row extends ListedRun {
  readonly number: number;
  readonly token: number;
  readonly owner: string | null;
}

/** The records of a run begin here; see the schema. */
const placeOf = "? * 4294967296 + ?";
/** Where records are large, not more than this many characters of them, and one record, are read at a time. */
const largestPage = 2 ** 24;
const columns =
  "number, id, plan, fingerprint, status, wake_at AS wakeAt, records, seen, token, owner, created_at AS createdAt, updated_at AS updatedAt";

/** The statements on a journal's tables, in their own words. */
export class Rows {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  run(id: string): Row | undefined {
    return this.#connection.sql(`SELECT ${columns} FROM runs WHERE id = ?`).get(id) as unknown as Row | undefined;
  }

  /** Ready ones may have a living owner; the caller knows which. */
  *runs({ status, plan, ready }: RunFilter): Generator<Row> {
    // In terms that the index on the status serves: most runs of a journal are over.
    const open = ready === true ? "status IN ('running', 'suspended') AND" : "";
    const rows = this.#connection.sql(`SELECT ${columns} FROM runs
      WHERE ${open} (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR plan = ?2) AND (?3 IS NULL OR status = 'running' OR status = 'suspended'
        AND (wake_at <= ?3 OR EXISTS (SELECT 1 FROM messages WHERE run = runs.number AND messages.number > runs.seen)))
      ORDER BY number`);
    yield* rows.iterate(status ?? null, plan ?? null, ready === true ? Date.now() : null) as unknown as Iterable<Row>;
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
  change({ number }: Row, token: number, stored: number, added: number, { status, wakeAt, seen }: RunChange): boolean {
    const { changes } = this.#connection
      .sql(`UPDATE runs SET records = records + ?, status = ifnull(?, status), wake_at = CASE WHEN ? IS NULL THEN wake_at ELSE ? END,
        seen = ifnull(?, seen), updated_at = ? WHERE number = ? AND token = ? AND records = ?`)
      .run(added, status ?? null, status ?? null, wakeAt ?? null, seen ?? null, Date.now(), number, token, stored);
    return changes === 1;
  }

  own({ number, status }: Row, owner: string): void {
    const begun: RunStatus = status === "suspended" ? "running" : status;
    this.#connection.sql("UPDATE runs SET owner = ?, token = token + 1, status = ? WHERE number = ?").run(owner, begun, number);
  }

  /** From here on nobody owns the run; `owner` is null where the last one let it go, and "" where it gave it up. */
  release({ number }: Row, token: number, owner: null | ""): void {
    this.#connection.sql("UPDATE runs SET owner = ? WHERE number = ? AND token = ?").run(owner, number, token);
  }

  tokenOf({ number }: Row): unknown {
    return this.#connection.sql("SELECT token FROM runs WHERE number = ?").get(number)?.["token"];
  }

  records(number: number, first: number, bodies: readonly string[]): void {
    const insert = this.#connection.sql(`INSERT INTO records (place, body, sum) VALUES (${placeOf}, ?, ?)`);
    for (const [index, body] of bodies.entries()) insert.run(number, first + index, body, crc32(body, first + index));
  }

  /** Records `from` to `to`, both included, or the first of them where they are large. Throws where one of them is damaged. */
  read({ id, number }: Row, from: number, to: number): readonly string[] {
    const rows = this.#connection.sql(`SELECT body, sum FROM records WHERE place BETWEEN ${placeOf} AND ${placeOf} ORDER BY place`);
    const bodies: string[] = [];
    let size = 0;
    for (const { body, sum } of rows.iterate(number, from, number, to) as unknown as Iterable<{ body: string; sum: number }>) {
      const at = from + bodies.length;
      if (crc32(body, at) !== sum) throw damaged(at === 0 ? "the input" : `record ${at}`, id);
      bodies.push(body);
      size += body.length;
      if (size > largestPage) return bodies;
    }
    if (bodies.length <= to - from) throw damaged(`record ${from + bodies.length}`, id);
    return bodies;
  }

  stored(row: Row): StoredRun {
    return { ...listed(row), input: this.read(row, 0, 0)[0] as string };
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
    const insert = this.#connection.sql("INSERT INTO messages (run, key, body, sum) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
    return insert.run(number, key, body, crc32(body)).changes === 1;
  }

  remove({ number }: Row): void {
    this.#connection.sql(`DELETE FROM records WHERE place BETWEEN ${placeOf} AND ${placeOf}`).run(number, 0, number, 2 ** 32 - 1);
    this.#connection.sql("DELETE FROM messages WHERE run = ?").run(number);
    this.#connection.sql("DELETE FROM runs WHERE number = ?").run(number);
  }
}

/** What others may see of a row. */
export function listed({ id, plan, fingerprint, status, wakeAt, records, seen, createdAt, updatedAt }: Row): ListedRun {
  return { id, plan, fingerprint, status, wakeAt: wakeAt ?? undefined, records, seen, createdAt, updatedAt };
}

function damaged(what: string, runId: string): Error {
  return new Error(`${what} of run ${JSON.stringify(runId)} damaged: take the file from a copy, or delete the run`);
}

import type { DatabaseSync } from "node:sqlite";

/** Marks a file as a journal of heddle's: "hddl". */
const applicationId = 0x6864646c;

/**
 * What makes version n + 1 of the file out of version n; a file says which it is in `user_version`. Released ones are never
 * changed, so that every file that was ever written can be opened.
 *
 * Record `seq` of run `number` is at `number * 2^32 + seq`, which makes one tree of all records, in order; record 0 is the
 * run's input, since a row of `runs` is written again with every batch and should stay short. `sum` is a CRC-32 that begins
 * with the row's own number: SQLite finds torn pages, but not bits that flipped in a text.
 */
const migrations: readonly string[] = [
  `CREATE TABLE owners (
     id TEXT PRIMARY KEY,
     pid INTEGER NOT NULL,
     lease_until INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE runs (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     plan TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     status TEXT NOT NULL,
     wake_at INTEGER,
     records INTEGER NOT NULL,
     seen INTEGER NOT NULL,
     token INTEGER NOT NULL,
     owner TEXT,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX runs_by_status ON runs (status);
   CREATE INDEX runs_by_owner ON runs (owner) WHERE owner IS NOT NULL;
   CREATE TABLE records (
     place INTEGER PRIMARY KEY,
     body TEXT NOT NULL,
     sum INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE messages (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     run INTEGER NOT NULL,
     key TEXT NOT NULL,
     body TEXT NOT NULL,
     sum INTEGER NOT NULL,
     UNIQUE (run, key)
   ) STRICT;`,
  // `lost`: how many owners died at a run in a row. What a suspended run waits for is told to people without its records being read.
  `ALTER TABLE runs ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE waits (
     run INTEGER PRIMARY KEY,
     body TEXT NOT NULL,
     sum INTEGER NOT NULL
   ) STRICT;`,
];

/** Makes an empty file a journal, and an older one a current one. Throws where it is neither, without having touched it. */
export function prepareSchema(database: DatabaseSync): void {
  const before = stateOf(database);
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
  if (mode !== "wal") throw new Error(`a file system that cannot keep a write-ahead log (journal mode ${String(mode)})`);
  if (before !== "current") migrate(database);
  // Where the disk has failed in between, SQLite says "wal" all the same, until it has looked at the file again.
  if (stateOf(database) !== "current" || database.prepare("PRAGMA journal_mode").get()?.["journal_mode"] !== "wal")
    throw Object.assign(new Error("a disk that did not take the change to a write-ahead log"), { errcode: 10 });
}

function migrate(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    // Asked again: another process may have been faster.
    const state = stateOf(database);
    if (state !== "current") {
      for (const migration of migrations.slice(state)) database.exec(migration);
      database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
    }
    database.exec("COMMIT");
  } catch (thrown) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw thrown;
  }
}

/** The version of a file that is to be migrated: 0 for an empty one. */
function stateOf(database: DatabaseSync): number | "current" {
  const version = numberOf(database, "PRAGMA user_version");
  const ours = numberOf(database, "PRAGMA application_id") === applicationId;
  if (ours && version === migrations.length) return "current";
  if (ours && version < migrations.length) return version;
  if (ours)
    throw new Error(
      `a journal in version ${version} of its format, of which this version of heddle knows ${migrations.length}: open it with a newer heddle`,
    );
  if (version === 0 && numberOf(database, "SELECT count(*) FROM sqlite_schema") === 0) return 0;
  throw new Error("a SQLite file of something else");
}

function numberOf(database: DatabaseSync, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
}

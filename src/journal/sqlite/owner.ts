import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Connection } from "./connection.ts";

/** How long an owner that does not show itself keeps its runs, in ms, and how often it shows itself. */
export const lease = 5_000;
export const heartbeat = 1_000;

/**
 * One journal of one process, as an owner of runs.
 *
 * While it lives it holds the lock of a small file beside the journal. The kernel drops the lock with the process, however
 * that ends, so others need not wait for the lease; no process id is ever taken for another's. The lease is for a process
 * that is there and does nothing. It counts by the clock of the machine, which all its processes share and nobody sets.
 */
export class Owner {
  readonly id = randomBytes(8).toString("hex");
  readonly #connection: Connection;
  #lock: DatabaseSync | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Enters itself, and buries the dead the first time. Called in a transaction: nobody sees the file before it is locked. */
  enter(): void {
    const first = this.#lock === undefined;
    if (first) {
      this.#lock = this.#locked();
      present.add(this);
    }
    this.#connection
      .sql("INSERT INTO owners (id, pid, lease_until) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until")
      .run(this.id, process.pid, machineTime() + lease);
    if (!first) return;
    for (const { id } of this.#connection.sql("SELECT id FROM owners").all()) if (!this.#holdsLock(String(id))) this.#bury(String(id));
  }

  /** Shows itself: false where it is not entered any more. */
  renew(): boolean {
    return this.#connection.sql("UPDATE owners SET lease_until = ? WHERE id = ?").run(machineTime() + lease, this.id).changes === 1;
  }

  /** Whether an owner may keep what it has. */
  isAlive(id: string): boolean {
    const row = this.#connection.sql("SELECT lease_until FROM owners WHERE id = ?").get(id);
    return row !== undefined && Number(row["lease_until"]) > machineTime() && this.#holdsLock(id);
  }

  /** An owner in words, for messages. */
  describe(id: string): string {
    const row = this.#connection.sql("SELECT pid FROM owners WHERE id = ?").get(id);
    return row === undefined ? "another process" : `process ${String(row["pid"])}`;
  }

  /** Lets all runs go and leaves. Called in a transaction. */
  leave(): void {
    this.#connection.sql("UPDATE runs SET owner = NULL WHERE owner = ?").run(this.id);
    this.#connection.sql("DELETE FROM owners WHERE id = ?").run(this.id);
  }

  get isEntered(): boolean {
    return this.#lock !== undefined;
  }

  /** Drops the lock, after which everybody takes this owner for dead. */
  unlock(): void {
    if (this.#lock === undefined) return;
    this.#lock.close();
    this.#lock = undefined;
    present.delete(this);
    remove(this.#file(this.id));
  }

  #locked(): DatabaseSync {
    const lock = new DatabaseSync(this.#file(this.id), { timeout: 0 });
    try {
      // Nothing is ever written to it: one file is enough.
      lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
      return lock;
    } catch (thrown) {
      lock.close();
      throw thrown;
    }
  }

  #holdsLock(id: string): boolean {
    if (id === this.id) return true;
    let probe: DatabaseSync | undefined;
    try {
      probe = new DatabaseSync(this.#file(id), { timeout: 0, readOnly: true });
      probe.prepare("SELECT count(*) FROM sqlite_schema").get();
      return false;
    } catch (thrown) {
      // 14 is a file that is not there. Whatever else goes wrong says nothing about the owner: then the lease counts.
      return (thrown as { readonly errcode?: unknown }).errcode !== 14;
    } finally {
      probe?.close();
    }
  }

  /** Its runs keep its name: it has not let them go. */
  #bury(id: string): void {
    this.#connection.sql("DELETE FROM owners WHERE id = ?").run(id);
    remove(this.#file(id));
  }

  #file(id: string): string {
    return `${this.#connection.file}-owner-${id}`;
  }
}

/** Those of this process. A program need not close its journals to leave no file beside them. */
const present = new Set<Owner>();
process.once("exit", () => {
  for (const owner of present) owner.unlock();
});

/** Monotonic ms, the same in all processes of a machine. */
function machineTime(): number {
  return Math.floor(Number(process.hrtime.bigint()) / 1e6);
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It stays there, which harms nobody.
  }
}

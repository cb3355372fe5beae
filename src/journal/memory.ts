import { err, ok, type Result } from "neverthrow";
import {
  badRunId,
  interrupted,
  type JournalFailed,
  journalFailed,
  type RunLocked,
  type RunNotFound,
  runLocked,
  runNotFound,
} from "./failure.ts";
import type { Journal, ListedRun, ListedWait, Message, NewRun, OwnedRun, RunChange, StoredRun } from "./journal.ts";
import { isOver, mayName } from "./status.ts";
import { decodeWaits, encodeWaits, unanswered } from "./waits.ts";

/** A run in memory. */
interface Kept {
  run: Omit<StoredRun, "unseen" | "waits">;
  /** Encoded, so that nobody's copy is another's. */
  waits: string | undefined;
  readonly records: string[];
  readonly messages: Map<string, Message>;
  token: number;
  owner: MemoryOwned | undefined;
}

interface Memory {
  readonly runs: Map<string, Kept>;
  newest: number;
}

const memories = new WeakMap<Journal, Memory>();

/**
 * A journal in memory, for tests: it behaves like the one in a file, but for the file.
 *
 * ```ts
 * const journal = memoryJournal();
 * // Another door to the same runs, as another process would have. Closing a door abandons the runs that it owns.
 * const other = memoryJournal(journal);
 * ```
 */
export function memoryJournal(shared?: Journal): Journal {
  const memory = shared === undefined ? { runs: new Map<string, Kept>(), newest: 0 } : memories.get(shared);
  if (memory === undefined) throw new TypeError("Expected a journal that memoryJournal made, got another one");
  const journal = new MemoryJournal(memory);
  memories.set(journal, memory);
  return journal;
}

class MemoryJournal implements Journal {
  readonly #memory: Memory;
  readonly #owned = new Set<MemoryOwned>();
  #closed = false;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  async claim(run: NewRun | string) {
    const id = typeof run === "string" ? run : run.id;
    if (!mayName(id)) return err(badRunId(id));
    return this.#do<OwnedRun, RunLocked | RunNotFound>(() => {
      const before = this.#memory.runs.get(id);
      if (before?.owner !== undefined) return err(runLocked(id, "somebody"));
      if (before === undefined && typeof run === "string") return err(runNotFound(id));
      const kept = before ?? begun(run as NewRun);
      this.#memory.runs.set(id, kept);
      const owned = new MemoryOwned(kept, before === undefined, (one) => this.#owned.delete(one));
      this.#owned.add(owned);
      return ok(owned);
    });
  }

  async find(runId: string) {
    return this.#do(() => {
      const kept = this.#memory.runs.get(runId);
      return kept === undefined ? err(runNotFound(runId)) : ok(seenFromOutside(kept));
    });
  }

  async runs({ status, plan, ready = false, before, after, limit = 1_000 } = {} as Parameters<Journal["runs"]>[0] & object) {
    return this.#do(() => {
      const all = [...this.#memory.runs.values()];
      const first = after === undefined ? 0 : all.findIndex(({ run }) => run.id === after) + 1 || all.length;
      return ok(
        all
          .slice(first)
          .filter(({ run }) => before === undefined || run.updatedAt < before)
          .filter(({ run }) => (status === undefined || run.status === status) && (plan === undefined || run.plan === plan))
          .filter((kept) => !ready || isReady(kept))
          .slice(0, limit)
          .map((kept): ListedRun => {
            const { input: _, ...listed } = seenFromOutside(kept);
            return listed;
          }),
      );
    });
  }

  async read(runId: string, { from = 1, limit = 10_000 } = {}) {
    return this.#do(() => ok(this.#memory.runs.get(runId)?.records.slice(Math.max(from, 1) - 1, from - 1 + limit) ?? []));
  }

  async messages(runId: string, after = 0) {
    return this.#do(() => {
      const messages = this.#memory.runs.get(runId)?.messages.values() ?? [];
      return ok([...messages].filter(({ number }) => number > after));
    });
  }

  async send(runId: string, key: string, body: string) {
    return this.#do(() => {
      const kept = this.#memory.runs.get(runId);
      if (kept === undefined) return err(runNotFound(runId));
      if (isOver(kept.run.status)) return ok("over" as const);
      if (kept.messages.has(key)) return ok("taken" as const);
      kept.messages.set(key, { number: ++this.#memory.newest, key, body });
      kept.owner?.tell();
      return ok("sent" as const);
    });
  }

  async delete(runId: string) {
    return this.#do<void, RunLocked | RunNotFound>(() => {
      const kept = this.#memory.runs.get(runId);
      if (kept === undefined) return err(runNotFound(runId));
      if (kept.owner !== undefined) return err(runLocked(runId, "somebody"));
      this.#memory.runs.delete(runId);
      return ok();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const owned of this.#owned) owned.lose();
  }

  #do<T, E>(work: () => Result<T, E>): Result<T, E | JournalFailed> {
    return this.#closed ? err(journalFailed("to read and write a journal in memory", "a journal that is closed")) : work();
  }
}

/** A run under one fencing token. */
class MemoryOwned implements OwnedRun {
  readonly run: StoredRun;
  readonly created: boolean;
  /** Memory dies with its owners. */
  readonly abandoned = false;
  readonly #kept: Kept;
  readonly #token: number;
  readonly #forget: (owned: MemoryOwned) => void;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<() => void>();

  constructor(kept: Kept, created: boolean, forget: (owned: MemoryOwned) => void) {
    this.run = seenFromOutside(kept);
    this.created = created;
    this.#kept = kept;
    this.#forget = forget;
    this.#token = ++kept.token;
    kept.owner = this;
    if (kept.run.status === "suspended") kept.run = { ...kept.run, status: "running" };
  }

  get lost(): AbortSignal {
    return this.#abort.signal;
  }

  async append(records: readonly string[], { status, wakeAt, seen, waits }: RunChange = {}) {
    const kept = this.#kept;
    if (kept.owner !== this || kept.token !== this.#token) return err(interrupted(kept.run.id));
    kept.records.push(...records);
    kept.run = {
      ...kept.run,
      status: status ?? kept.run.status,
      wakeAt: status === undefined ? kept.run.wakeAt : wakeAt,
      seen: seen ?? kept.run.seen,
      records: kept.records.length,
      updatedAt: Date.now(),
    };
    if (waits !== undefined) kept.waits = encodeWaits(waits);
    return ok(kept.records.length);
  }

  listen(heard: () => void): () => void {
    if (this.#kept.owner !== this) return () => {};
    this.#listeners.add(heard);
    if (this.#kept.messages.size > 0) this.tell();
    return () => this.#listeners.delete(heard);
  }

  tell(): void {
    setImmediate(() => {
      for (const heard of this.#listeners) heard();
    });
  }

  async release() {
    this.#end();
    return ok();
  }

  lose(): void {
    this.#end();
    this.#abort.abort(interrupted(this.run.id));
  }

  #end(): void {
    this.#listeners.clear();
    this.#forget(this);
    if (this.#kept.owner === this) this.#kept.owner = undefined;
  }
}

function begun({ records = [], ...run }: NewRun): Kept {
  const now = Date.now();
  const begun: Kept["run"] = {
    ...run,
    status: "running",
    wakeAt: undefined,
    records: records.length,
    seen: 0,
    // Memory dies with its owners.
    lostOwners: 0,
    createdAt: now,
    updatedAt: now,
  };
  return { run: begun, waits: undefined, records: [...records], messages: new Map(), token: 0, owner: undefined };
}

function seenFromOutside({ run, waits, messages }: Kept): StoredRun {
  const unseen = new Set(isOver(run.status) ? [] : [...messages.values()].filter(({ number }) => number > run.seen).map(({ key }) => key));
  const open: readonly ListedWait[] | undefined = run.status === "suspended" && waits !== undefined ? decodeWaits(waits) : undefined;
  return { ...run, unseen: unseen.size > 0, waits: open && unanswered(open, unseen) };
}

function isReady({ run, messages, owner }: Kept): boolean {
  if (owner !== undefined || isOver(run.status)) return false;
  if (run.status === "running" || (run.wakeAt !== undefined && run.wakeAt <= Date.now())) return true;
  return [...messages.values()].some(({ number }) => number > run.seen);
}

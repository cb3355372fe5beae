import { endsIn } from "./remains.ts";

/** Without the number of the attempt at something of several steps: `sub~2/charge` and `sub/charge` have one key. */
const keyOf = (path: string): string => path.replaceAll(/~\d+/g, "");
/** What is tried as a whole does its steps again, on purpose. */
const isRepeated = (path: string): boolean => /(^|\/)again\d+\//.test(path);

/**
 * Compares what a run did, by a ledger that the library knows nothing of, with what its journal says: anew after each of its
 * lives.
 */
export class Judge {
  /** What is wrong, in words. */
  readonly wrong: string[] = [];
  /** What was begun and which lives ended, in order, for those who look for a mistake. */
  readonly history: string[] = [];
  /** Steps, tool calls and requests that were made again, since a kill came before they were recorded. */
  again = 0;
  readonly #stored = new Map<string, number>();
  readonly #begun = new Map<string, number>();
  readonly #attempts = new Map<string, number>();
  #records = 0;
  #kills = 0;

  /** Something begins, in a step, a tool or a model. */
  begins(key: string, attempt: number): void {
    const begun = (this.#begun.get(key) ?? 0) + 1;
    this.history.push(`${key} ${attempt}`);
    this.#begun.set(key, begun);
    if (isRepeated(key)) return;
    if (this.#stored.has(key)) this.wrong.push(`${key} is recorded and was begun again`);
    const before = this.#attempts.get(key) ?? 0;
    if (attempt > 0 && attempt <= before) this.wrong.push(`attempt ${attempt} at ${key} was begun again`);
    this.#attempts.set(key, attempt);
  }

  /** A life is over; these are the records by now. */
  after(records: readonly string[], killed: boolean): void {
    if (killed) this.#kills++;
    this.history.push(`-- ${killed ? "killed" : "ended"}, with ${records.length} records`);
    if (records.length < this.#records) this.wrong.push(`of ${this.#records} records, ${records.length} are left`);
    const ends = new Map<string, number>();
    this.#stored.clear();
    for (const settled of endsIn(records)) {
      const key = keyOf(settled.path);
      ends.set(key, (ends.get(key) ?? 0) + 1);
      if (settled.how === "value") this.#stored.set(key, (this.#stored.get(key) ?? 0) + 1);
    }
    this.#records = records.length;
    for (const [key, begun] of this.#begun) {
      const extra = begun - (ends.get(key) ?? 0);
      // The one that was in flight at each kill, and the one that an abort has ended.
      if (extra > this.#kills + 1) this.wrong.push(`${key} was begun ${begun} times, with ${this.#kills} kills`);
    }
  }

  /** The run is over. `undone` has what an uninterrupted one undoes. */
  ended(undone: ReadonlySet<string>): void {
    for (const begun of this.#begun.values()) this.again += Math.max(0, begun - 1);
    for (const key of this.#begun.keys()) {
      const done = /^(.*)\/undo$/.exec(key)?.[1];
      if (done === undefined) continue;
      if (!this.#stored.has(done)) this.wrong.push(`${done} was undone without having been done`);
      if (!undone.has(done)) this.wrong.push(`${done} was undone`);
      if (!this.#stored.has(key)) this.wrong.push(`that ${done} is undone is not recorded`);
    }
    for (const key of undone) if (this.#stored.has(key) && !this.#stored.has(`${key}/undo`)) this.wrong.push(`${key} was not undone`);
  }

  /** Keys of all that was begun. */
  get begun(): ReadonlySet<string> {
    return new Set(this.#begun.keys());
  }

  get stored(): ReadonlySet<string> {
    return new Set(this.#stored.keys());
  }
}

import type { ListedRun } from "../journal/journal.ts";

/** The first pause and the longest, in ms, before a run that did not get on is taken up again as it was. */
const first = 1_000;
const longest = 60_000;
const many = 1_000;

interface Setback {
  readonly records: number;
  readonly seen: number;
  readonly unseen: boolean;
  readonly times: number;
  readonly until: number;
}

/**
 * Which runs have been taken up as they are now, and are ready again: they did not get on. Taking them up at once would
 * do the same again, for ever; each time the pause before that is twice as long.
 */
export class Setbacks {
  readonly #known = new Map<string, Setback>();

  get size(): number {
    return this.#known.size;
  }

  /** Whether it is too early to take up this run again. */
  holds(run: ListedRun): boolean {
    const before = this.#same(run);
    return before !== undefined && performance.now() < before.until;
  }

  /** The run is taken up as it is listed. */
  taken(run: ListedRun): void {
    const times = (this.#same(run)?.times ?? 0) + 1;
    this.#keep(run, times, performance.now() + Math.min(longest, first * 2 ** (times - 1)));
    if (this.#known.size > many) this.#forgetPast();
  }

  /** This process will never get on with it, until somebody else does. */
  never(run: ListedRun): void {
    this.#keep(run, 1, Number.POSITIVE_INFINITY);
  }

  /** It is over. */
  forget(runId: string): void {
    this.#known.delete(runId);
  }

  #same({ id, records, seen, unseen }: ListedRun): Setback | undefined {
    const before = this.#known.get(id);
    return before?.records === records && before.seen === seen && before.unseen === unseen ? before : undefined;
  }

  #keep({ id, records, seen, unseen }: ListedRun, times: number, until: number): void {
    this.#known.set(id, { records, seen, unseen, times, until });
  }

  #forgetPast(): void {
    const now = performance.now();
    for (const [id, { until }] of this.#known) if (until < now) this.#known.delete(id);
  }
}

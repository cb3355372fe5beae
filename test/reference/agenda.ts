/** Whether a run is kept by a journal, and whether its process changes wherever nothing is under way. */
export type Journal = "none" | "in one process" | "between processes";

/**
 * The reference's time: what is due, and what follows in the same instant.
 *
 * A journal makes a difference in one instant alone: whatever calls came to, timers that fired and cancels are written before
 * they count, in the order in which they came, and what is asked for meanwhile (calls, timers) begins once all of that is
 * written and heard, in the order of asking. What is aborted by then never begins. Only what is asked for at the very start
 * has nothing to wait for. Where no call is under way by then, another process goes on, for which it is another tick.
 */
export abstract class Agenda {
  now = 0;
  /** How many events were due together with another one. */
  ties = 0;
  protected readonly journal: Journal;
  /** What follows once all that can go on has come to rest. */
  protected readonly soon: (() => void)[] = [];
  /** Something is being written, or was just now: nothing begins. */
  protected held = false;
  /** How many calls have begun that can still be heard of. */
  protected underWay = 0;
  /** Whether something has happened in this tick, which is then over. */
  #stirred = false;
  #tick = 0;
  #events: { readonly at: number; readonly happen: () => void }[] = [];
  readonly #asked: (() => void)[] = [];

  constructor(journal: Journal) {
    this.journal = journal;
  }

  /** What happens in one is simultaneous: an instant, or the part of it that one process has. */
  protected get tick(): number {
    return this.journal === "none" ? this.now : this.#tick;
  }

  /** Has the next thing happen; false where there is none. */
  protected happen(): boolean {
    this.held = this.journal === "between processes";
    const soon = this.soon.shift();
    if (soon !== undefined) {
      this.#stirred = true;
      soon();
      return true;
    }
    if (this.#stirred && this.underWay === 0 && this.journal === "between processes") this.#nextTick();
    return this.#begin() || this.#event();
  }

  #event(): boolean {
    const event = this.#events.shift();
    if (event === undefined) return false;
    if (event.at > this.now) this.#nextTick();
    this.#stirred = true;
    this.now = event.at;
    event.happen();
    return true;
  }

  #nextTick(): void {
    this.#stirred = false;
    this.#tick++;
  }

  /** Begins what was asked for, in that order, until one of them cancels the run. */
  #begin(): boolean {
    if (this.#asked.length === 0) return false;
    this.held = false;
    while (!this.held && this.#asked.length > 0) this.#asked.shift()?.();
    this.held = this.journal === "between processes";
    return true;
  }

  /** Has something begin later in this instant. Hands back what takes the request back. */
  protected ask(begin: () => void): () => void {
    this.#asked.push(begin);
    return () => {
      const index = this.#asked.indexOf(begin);
      if (index !== -1) this.#asked.splice(index, 1);
    };
  }

  /** A timer of the executor's own: begun as calls are. What user code waits for is `at`. */
  protected timer(ms: number, happen: () => void): () => void {
    if (!this.held) return this.at(ms, happen);
    let disarm = this.ask(() => {
      disarm = this.at(ms, happen);
    });
    return () => disarm();
  }

  protected at(ms: number, happen: () => void): () => void {
    const event = { at: this.now + ms, happen };
    if (this.#events.some(({ at }) => at === event.at)) this.ties++;
    const later = this.#events.findIndex(({ at }) => at > event.at);
    this.#events.splice(later === -1 ? this.#events.length : later, 0, event);
    return () => {
      this.#events = this.#events.filter((other) => other !== event);
    };
  }

  /** What is left behind and happens in the very instant in which the run has ended is noted too. */
  playInstant(): void {
    while (this.#events[0]?.at === this.now) this.#events.shift()?.happen();
  }
}

import type { Clock } from "../../src/types/options.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
  live: boolean;
}

/** What else is under way that time has to wait for, where a lane runs these tests on something slower than memory. */
export const others = { busy: () => false };

/** Lets everything that is ready happen: promise callbacks, and the event loop a few times round. */
export async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 4; quiet = others.busy() ? 0 : quiet + 1) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Time that stands still until a test moves it: waits of hours cost nothing and are exact. For the run option `clock`.
 *
 * ```ts
 * const clock = new VirtualClock();
 * const result = plan.run("in", { clock });
 * await clock.advance(3_000);
 * ```
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];
  /** Every timer that was ever set, in ms, in order. */
  readonly asked: number[] = [];

  // Methods, and not bound: the executor must call a clock as the object that it is.
  now(): number {
    return this.#now;
  }

  date(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  timer(ms: number, fire: () => void): () => void {
    this.asked.push(ms);
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fire, live: true };
    this.#timers.push(timer);
    return () => {
      timer.live = false;
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that are set and not yet due: none may be left when a run has ended. */
  get pending(): number {
    return this.#timers.filter(({ at }) => at !== Number.POSITIVE_INFINITY).length;
  }

  /** For a step of user code that takes `ms`; keeps to its signal where it is given one. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const stop = this.timer(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = () => {
        stop();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Moves time on by `ms`, firing what falls due in order of time, with everything in between settled. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let due = this.#due(until); due !== undefined; due = this.#due(until)) {
      this.#now = due;
      // All timers of one instant fire in one tick.
      const firing = this.#timers.filter(({ at }) => at <= due).sort((a, b) => a.at - b.at || a.order - b.order);
      this.#timers = this.#timers.filter((timer) => !firing.includes(timer));
      for (const timer of firing) if (timer.live) timer.fire();
      await settle();
    }
    this.#now = until;
  }

  /** Moves time on until `promise` has settled; fails where nothing is left that could settle it. */
  async until<T>(promise: PromiseLike<T>): Promise<T> {
    let over = false;
    const watched = Promise.resolve(promise).finally(() => {
      over = true;
    });
    watched.catch(() => {});
    await settle();
    while (!over) {
      const due = this.#due(Number.POSITIVE_INFINITY);
      if (due === undefined) throw new Error(`Expected the promise to settle: at ${this.#now} ms nothing is left to happen`);
      await this.advance(due - this.#now);
    }
    return watched;
  }

  #due(until: number): number | undefined {
    let first: number | undefined;
    for (const { at } of this.#timers)
      if (at <= until && at !== Number.POSITIVE_INFINITY && (first === undefined || at < first)) first = at;
    return first;
  }
}

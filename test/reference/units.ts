import type { Clock } from "../../src/types/options.ts";

/**
 * A unit of virtual time in the executor's ms. Small, since the executor lets the rest of the process have a turn after
 * 20 ms of its clock, which would tear apart what happens at one virtual instant; a power of two, so that sums are exact.
 */
export const unit = 2 ** -10;

/** Virtual time: what is due at one instant happens in the order in which it was scheduled, in one turn of the event loop. */
export class VirtualClock implements Clock {
  units = 0;
  /** Lets everything happen that follows from one event. */
  quiet: () => Promise<void> = quiet;
  /** Timers of the executor that have neither fired nor been cancelled. */
  armed = 0;
  readonly #due: { readonly at: number; readonly fire: () => void }[] = [];

  now = (): number => this.units * unit;
  date = (): number => this.units * unit;

  timer = (ms: number, fire: () => void): (() => void) => {
    this.armed++;
    const disarm = this.after(ms / unit, () => {
      this.armed--;
      fire();
    });
    return () => {
      if (disarm()) this.armed--;
    };
  };

  after(units: number, fire: () => void): () => boolean {
    const event = { at: this.units + units, fire };
    const later = this.#due.findIndex(({ at }) => at > event.at);
    this.#due.splice(later === -1 ? this.#due.length : later, 0, event);
    return () => {
      const index = this.#due.indexOf(event);
      if (index === -1) return false;
      this.#due.splice(index, 1);
      return true;
    };
  }

  /** Plays until nothing is left to happen or `over` says so. */
  async play(over: () => boolean): Promise<void> {
    await this.quiet();
    while (!over()) {
      const next = this.#due.shift();
      if (next === undefined) {
        await new Promise(setImmediate);
        if (this.#due.length === 0) return;
        continue;
      }
      if (next.at > this.units) await new Promise(setImmediate);
      this.units = next.at;
      next.fire();
      await this.quiet();
    }
  }
}

/** Enough turns of the microtask queue for everything that follows from one event. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await undefined;
}

import type { Clock } from "../../types/options.ts";

/** How long a replay keeps the process to itself, in ms. */
const slice = 20;

/** Lets the rest of the process have its turn now and then, in the middle of what may take seconds by the run's clock. */
export class Turns {
  readonly #clock: Clock;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  get due(): boolean {
    return this.#clock.now() - this.#since > slice;
  }

  async take(): Promise<void> {
    await new Promise(setImmediate);
    this.#since = this.#clock.now();
  }
}

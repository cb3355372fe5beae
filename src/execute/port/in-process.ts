import type { Clock } from "../../types/options.ts";
import { type Call, invoke } from "./call.ts";
import type { Port } from "./port.ts";

/** Counted only when asked, and the same for all runs: a tick ends when the event loop has come round. */
let tick = 0;
let ticking = false;

export function currentTick(): number {
  if (!ticking) {
    ticking = true;
    setImmediate(() => {
      ticking = false;
      tick++;
    });
  }
  return tick;
}

/** Runs everything in this process, and keeps nothing. */
export class InProcess implements Port {
  readonly #clock: Clock;
  readonly random: () => number;
  declare readonly stays: boolean;

  constructor(clock: Clock, random: () => number, stays: boolean) {
    this.#clock = clock;
    this.random = random;
    this.stays = stays;
  }

  call(call: Call): boolean {
    return invoke(call);
  }

  timer(ms: number, fire: () => void): () => void {
    return this.#clock.timer(ms, fire);
  }

  decide(_: unknown, ask: () => boolean): boolean {
    return ask();
  }

  now(): number {
    return this.#clock.now();
  }

  date(): number {
    return this.#clock.date();
  }

  tick(): number {
    return currentTick();
  }

  yield(resume: () => void): void {
    setImmediate(resume);
  }
}

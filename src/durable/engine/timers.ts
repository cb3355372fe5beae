import type { TimerName } from "../../execute/port/port.ts";
import { pathOf } from "../../execute/trace/place.ts";
import type { Clock } from "../../types/options.ts";
import type { RunTime } from "./run-time.ts";

interface Timer {
  due: number;
  /** What it gives to those who are told to stop, in ms; undefined where it is no grace. */
  readonly grace: number | undefined;
  /** What it gives to an attempt, in ms, from when that begins here; undefined where it is of something else. */
  readonly attempt: number | undefined;
  readonly fire: () => void;
  readonly order: number;
  stop: (() => void) | undefined;
}

/** The timers that a run has asked for: by the clock once it is live, by its records before. */
export class Timers {
  readonly #clock: Clock;
  readonly #time: RunTime;
  readonly #timers = new Map<string, Timer>();
  /** Timers that the replay has stopped: one may have fired while that which stopped it was still on its way into the journal. */
  readonly #stopped = new Set<string>();

  constructor(clock: Clock, time: RunTime) {
    this.#clock = clock;
    this.#time = time;
  }

  /**
   * Gives its name: what it is for, and not a number, so that a time limit of a new version of the plan shifts no other. `order`:
   * among all that the run asks for.
   */
  add(ms: number, fire: () => void, { purpose, at }: TimerName, order: number): string {
    const name = at === undefined ? `|${purpose}` : `${pathOf(at.place, at.op)}|${purpose}|${at.attempt}`;
    const grace = purpose === "grace" || purpose === "abort" ? ms : undefined;
    const attempt = purpose === "attempt" ? ms : undefined;
    this.#timers.set(name, { due: this.#time.now + ms, grace, attempt, fire, order, stop: undefined });
    return name;
  }

  /** Stops what `add` has set under this name, unless another one has it by now. */
  stopper(name: string, isReplay: () => boolean): () => void {
    const timer = this.#timers.get(name);
    return () => {
      timer?.stop?.();
      if (this.#timers.get(name) !== timer) return;
      this.#timers.delete(name);
      if (isReplay()) this.#stopped.add(name);
    };
  }

  /** Those that the clock does not know of yet. */
  get ready(): readonly { readonly timer: string; readonly order: number }[] {
    return [...this.#timers].flatMap(([timer, { stop, order }]) => (stop === undefined ? [{ timer, order }] : []));
  }

  /** Has the clock call `due` when it is time, once. */
  arm(name: string, due: (name: string, fire: () => void) => void): void {
    const timer = this.#timers.get(name);
    if (timer === undefined || timer.stop !== undefined) return;
    // Neither what was written before it, nor what a listener took, nor the time in which nobody had the run is the attempt's.
    if (timer.attempt !== undefined) timer.due = this.#time.elapsed + timer.attempt;
    timer.stop = this.#clock.timer(Math.max(0, timer.due - this.#time.elapsed), () =>
      due(name, () => {
        if (this.#timers.get(name) !== timer) return;
        this.#timers.delete(name);
        timer.fire();
      }),
    );
  }

  /** It fired, as a record says. False where nobody has ever set it. */
  replay(name: string): boolean {
    const timer = this.#timers.get(name);
    this.#timers.delete(name);
    timer?.fire();
    return timer !== undefined || this.#stopped.has(name);
  }

  has(name: string): boolean {
    return this.#timers.has(name);
  }

  goLive(): void {
    this.#stopped.clear();
    // What is begun again in order to stop has its grace anew: it could not clean up while nobody was there.
    for (const timer of this.#timers.values()) if (timer.grace !== undefined) timer.due = this.#time.now + timer.grace;
  }

  /** Ms since the run began at which waits time out, by their paths. */
  get waitsDue(): ReadonlyMap<string, number> {
    const due = [...this.#timers].flatMap(([name, timer]) => {
      const path = waitOf(name);
      return path === undefined ? [] : [[path, timer.due] as const];
    });
    return new Map(due);
  }

  /** Ms since the run began at which the first one is due; Infinity where there is none. */
  get nextDue(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const timer of this.#timers.values()) due = Math.min(due, timer.due);
    return due;
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.stop?.();
    this.#timers.clear();
  }
}

/** The path of the wait whose time a timer of this name ends; undefined for one of another purpose. */
export function waitOf(name: string): string | undefined {
  return /^(.*)\|wait\|\d+$/s.exec(name)?.[1];
}

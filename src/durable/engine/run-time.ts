import { currentTick } from "../../execute/port/in-process.ts";
import type { Clock } from "../../types/options.ts";
import type { Entry } from "../records/record.ts";

/**
 * The time of a durable run: ms since it began, however many processes it took. It stands still between two entries, so that
 * a decision never depends on how long writing took; a replay is told the times of the records.
 */
export class RunTime {
  /** Wall time in ms since 1970. */
  readonly #beginning: number;
  readonly #clock: Clock;
  /** As of the last entry. */
  #now = 0;
  #tick = 0;
  /** What this process's own count of ticks began at. */
  #baseTick = 0;
  /** What `#clock.now()` was when `#anchor` ms of the run had gone by. */
  #origin = 0;
  #anchor = 0;

  constructor(beginning: number, clock: Clock) {
    this.#beginning = beginning;
    this.#clock = clock;
  }

  /** As of the last entry. */
  get now(): number {
    return this.#now;
  }

  get tick(): number {
    return this.#tick;
  }

  /** By the clock, between two entries too. */
  get elapsed(): number {
    return Math.max(this.#now, this.#anchor + (this.#clock.now() - this.#origin));
  }

  /** The moment for a new entry. */
  get moment(): { readonly at: number; readonly tick: number } {
    return { at: this.elapsed, tick: this.#baseTick + currentTick() };
  }

  /** Wall time in ms since 1970, `ms` after the run began. */
  wall(ms: number): number {
    return this.#beginning + ms;
  }

  /** From here on the clock counts. What is new begins at 0, as it will in every replay. */
  goLive(isNew: boolean): void {
    this.#anchor = isNew ? 0 : Math.max(this.#now, this.#clock.date() - this.#beginning);
    this.#origin = this.#clock.now();
    this.#now = this.#anchor;
    this.#baseTick = this.#tick + 1 - currentTick();
  }

  /** It is as late as the entry says. */
  set(entry: Entry): void {
    if (!("at" in entry)) return;
    this.#now = Math.max(this.#now, entry.at);
    this.#tick = entry.tick;
  }

  /** A moment that has no entry. */
  catchUp(): void {
    this.#now = this.elapsed;
  }
}

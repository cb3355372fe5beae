import type { Call } from "../../src/execute/port/call.ts";
import { Context } from "../../src/execute/port/context.ts";
import type { Port } from "../../src/execute/port/port.ts";
import { programOf } from "../../src/execute/program/program.ts";
import type { Ended } from "../../src/execute/run/owner.ts";
import { Scheduler } from "../../src/execute/schedule/schedule.ts";
import { pathOf } from "../../src/execute/trace/place.ts";
import { listenersOf, Progress } from "../../src/execute/trace/progress.ts";
import { Trace } from "../../src/execute/trace/trace.ts";
import { executableOf } from "../../src/plan/executable.ts";
import type { RunEvent } from "../../src/types/event.ts";
import type { Budget } from "../../src/types/options.ts";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/**
 * A second engine, of paper: it calls no user code and knows no real time. A test says what each call came to, in which
 * order, and when time moves on; the scheduler does the rest, or it has an engine in it.
 */
export class ScriptedRun implements Port {
  readonly scheduler: Scheduler;
  readonly events: RunEvent[] = [];
  /** Calls under way, by path and attempt, in the order in which they were asked for. */
  readonly calls = new Map<string, Call>();
  /** Every call that was asked for. */
  readonly asked: string[] = [];
  readonly ended: Ended[] = [];
  /** Ms of every timer that was set. */
  readonly timersSet: number[] = [];
  readonly stays = false;
  readonly #timers = new Set<Timer>();
  readonly #randoms: number[];
  #now = 0;
  #tick = 0;

  constructor(
    plan: unknown,
    options: {
      readonly concurrency?: number;
      readonly grace?: number;
      readonly timeout?: number;
      readonly randoms?: readonly number[];
      readonly budget?: Budget;
    } = {},
  ) {
    const executable = executableOf(plan);
    if (executable?.kind !== "plan") throw new TypeError("Expected a plan");
    const program = programOf(executable.definition);
    this.#randoms = [...(options.randoms ?? [])];
    const progress = new Progress(new Trace(true, 0, 0), "run", listenersOf([(event) => void this.events.push(event)]), 0);
    const settings = {
      concurrency: options.concurrency ?? 16,
      grace: options.grace ?? 1_000,
      timeout: options.timeout,
      budget: options.budget,
    };
    this.scheduler = new Scheduler(program, "in", program.state as Readonly<Record<string, unknown>>, this, progress, settings, {
      ended: (ended) => void this.ended.push(ended),
    });
  }

  start(): this {
    this.scheduler.start();
    return this;
  }

  call(call: Call): boolean {
    const { context, op } = call;
    const key =
      context === undefined
        ? `pull ${op?.id}`
        : `${pathOf(Context.fiberOf(context).place, call.op as NonNullable<typeof op>)}@${context.attempt}`;
    this.asked.push(key);
    this.calls.set(key, call);
    return false;
  }

  timer(ms: number, fire: () => void): () => void {
    this.timersSet.push(ms);
    const timer = { at: this.#now + ms, fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  decide(_: unknown, ask: () => boolean): boolean {
    return ask();
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now;
  }

  random(): number {
    const next = this.#randoms.shift();
    if (next === undefined) throw new Error("Expected no more random numbers to be drawn");
    return next;
  }

  tick(): number {
    return this.#tick;
  }

  yield(resume: () => void): void {
    resume();
  }

  /** The call has handed back `value`. */
  returns(key: string, value: unknown = key): void {
    this.#take(key).answers.fulfilled(value);
  }

  throws(key: string, reason: unknown): void {
    this.#take(key).answers.rejected(reason);
  }

  /** What follows happens in another tick. */
  nextTick(): void {
    this.#tick++;
  }

  /** Timers that are set. */
  get timers(): readonly number[] {
    return [...this.#timers].map(({ at }) => at);
  }

  /** Moves time to the next timer and fires it. False where there is none. */
  fireNext(): boolean {
    const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
    if (next === undefined) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    this.#tick++;
    next.fire();
    return true;
  }

  #take(key: string): Call {
    const call = this.calls.get(key);
    if (call === undefined) throw new Error(`Expected a call ${key}, got ${[...this.calls.keys()].join(", ")}`);
    this.calls.delete(key);
    return call;
  }
}

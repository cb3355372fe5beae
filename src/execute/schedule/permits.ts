import { type Answered, Call } from "../port/call.ts";
import type { Fiber } from "./fiber.ts";
import { Queue } from "./queue.ts";

/** The permits of a run: one budget for everything in it, whatever it is nested in. */
export class Permits {
  readonly #limit: number;
  readonly #run: Answered;
  /** Calls to be used again, linked by `next`. */
  #free: Call | undefined;
  #taken = 0;
  /** Fibers whose call waits; made with the first. Those that have left are still in it. */
  #line: Queue<Fiber> | undefined;
  #waiting = 0;

  constructor(limit: number, run: Answered) {
    this.#limit = limit;
    this.#run = run;
  }

  get available(): boolean {
    return this.#taken < this.#limit;
  }

  /** Whether a call is under way. */
  get busy(): boolean {
    return this.#taken > 0;
  }

  /** How many fibers wait for one. */
  get waiting(): number {
    return this.#waiting;
  }

  take(): Call {
    this.#taken++;
    const call = this.#free;
    if (call === undefined) return new Call(this.#run);
    this.#free = call.next;
    return call;
  }

  /** The run is over. */
  close(): void {
    for (let call = this.#free; call !== undefined; call = call.next) call.close();
  }

  give(call: Call): void {
    this.#taken--;
    call.reset();
    call.next = this.#free;
    this.#free = call;
  }

  /** Gives back the permit of a call that may still settle: the call itself is never used again. */
  abandon(call: Call): void {
    this.#taken--;
    call.abandoned = true;
    call.reset();
  }

  /** The fiber's call waits for its turn. */
  wait(fiber: Fiber): void {
    fiber.waitsForPermit = true;
    this.#waiting++;
    this.#line ??= new Queue();
    this.#line.push(fiber);
  }

  leave(fiber: Fiber): void {
    fiber.waitsForPermit = false;
    this.#waiting--;
  }

  /** The fiber that has waited longest, and waits no more; undefined where none does. */
  next(): Fiber | undefined {
    if (this.#waiting === 0) return undefined;
    let fiber = this.#line?.shift();
    while (fiber?.waitsForPermit === false) fiber = this.#line?.shift();
    if (fiber !== undefined) this.leave(fiber);
    return fiber;
  }
}

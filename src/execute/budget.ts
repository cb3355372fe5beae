import type { Budget as Limits } from "../types/options.ts";
import { budgetExceeded } from "./budget-exceeded.ts";
import { finishCall } from "./calls.ts";
import { Failed } from "./failure.ts";
import type { Fiber } from "./fiber.ts";
import type { Op } from "./op.ts";
import type { Scheduler } from "./schedule.ts";
import { money } from "./usage.ts";

/** What a call takes of each limit that a budget may have. */
export type Amount = Required<Limits>;

/** What keeps a call from being made, and how things stood. */
export interface Overrun {
  readonly limit: keyof Limits;
  readonly allowed: number;
  readonly spent: number;
  readonly reservation: number;
}

/**
 * What a run may spend, shared by all of it as its permits are. A call reserves the most that it should take before it
 * is made, and has settled what it did take afterwards. One that fits but for what others have reserved waits for them,
 * first come, first served; whenever one waits, calls that it waits for are under way, so it never waits for ever.
 */
export class Budget {
  readonly #limits: readonly (readonly [limit: keyof Limits, allowed: number])[];
  #spent: Amount = nothing;
  /** The sum of `#open`. */
  #reserved: Amount = nothing;
  readonly #open = new Map<Fiber, Amount>();
  readonly #waiting = new Map<Fiber, Amount>();

  constructor(limits: Limits) {
    this.#limits = (["tokens", "cost", "modelCalls"] as const).flatMap((limit) => {
      const allowed = limits[limit];
      return allowed === undefined ? [] : [[limit, allowed] as const];
    });
  }

  /** How many calls wait for others to settle. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** True where the call may be made. Otherwise it waits, or its fiber has been given the failure. */
  admit(run: Scheduler, fiber: Fiber, op: Op, needs: Amount): boolean {
    const overrun = this.#overrun(needs, nothing);
    if (overrun !== undefined) {
      refuse(run, fiber, op, overrun);
      return false;
    }
    // Not past those who wait already: small calls would keep a large one out for ever.
    if (this.#waiting.size > 0 || this.#overrun(needs, this.#reserved) !== undefined) {
      this.#waiting.set(fiber, needs);
      return false;
    }
    this.#reserve(fiber, needs);
    return true;
  }

  /** The fiber's call is over. Where nobody can tell what it took, it took what it had reserved. */
  settle(run: Scheduler, fiber: Fiber, took: Amount | undefined): void {
    const reserved = this.#open.get(fiber);
    if (reserved === undefined) return;
    this.#open.delete(fiber);
    // Where nothing is open nothing is reserved, whatever rounding may have left: else a call could wait for nobody.
    this.#reserved = this.#open.size === 0 ? nothing : sum(this.#reserved, reserved, -1);
    this.#spent = sum(this.#spent, took ?? reserved);
    this.#goOn(run);
  }

  /** The fiber's call will not be made. True where it waited. */
  leave(run: Scheduler, fiber: Fiber): boolean {
    const waited = this.#waiting.delete(fiber);
    if (waited) this.#goOn(run);
    else this.settle(run, fiber, nothing);
    return waited;
  }

  /** Those who wait and now fit go on to their permits; those who never will have failed. */
  #goOn(run: Scheduler): void {
    for (const [fiber, needs] of this.#waiting) {
      const overrun = this.#overrun(needs, nothing);
      if (overrun === undefined && this.#overrun(needs, this.#reserved) !== undefined) return;
      this.#waiting.delete(fiber);
      if (overrun === undefined) {
        this.#reserve(fiber, needs);
        run.queue(fiber);
      } else {
        refuse(run, fiber, fiber.op as Op, overrun);
        run.wake(fiber);
      }
    }
  }

  #reserve(fiber: Fiber, needs: Amount): void {
    this.#open.set(fiber, needs);
    this.#reserved = sum(this.#reserved, needs);
  }

  #overrun(needs: Amount, reserved: Amount): Overrun | undefined {
    for (const [limit, allowed] of this.#limits) {
      const spent = this.#spent[limit];
      const reservation = needs[limit];
      if (money(spent + reserved[limit] + reservation) > allowed) return { limit, allowed, spent, reservation };
    }
    return undefined;
  }
}

const nothing: Amount = Object.freeze({ tokens: 0, cost: 0, modelCalls: 0 });

function sum(a: Amount, b: Amount, sign: 1 | -1 = 1): Amount {
  return {
    tokens: a.tokens + sign * b.tokens,
    cost: money(a.cost + sign * b.cost),
    modelCalls: a.modelCalls + sign * b.modelCalls,
  };
}

/** The call is never made: no record of it begins, and one that was to be tried again ends with the attempts it had. */
function refuse(run: Scheduler, fiber: Fiber, op: Op, overrun: Overrun): void {
  const failure = budgetExceeded(fiber, op, overrun);
  if (fiber.attempt > 1) fiber.attempt--;
  finishCall(run, fiber, "failed", failure);
  fiber.inbox = new Failed(failure);
}

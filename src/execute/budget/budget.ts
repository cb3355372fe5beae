import type { Budget as Limits } from "../../types/options.ts";
import { Failed } from "../outcome/failure.ts";
import { abandonCall, finishCall } from "../schedule/calls.ts";
import type { Fiber } from "../schedule/fiber.ts";
import type { Scheduler } from "../schedule/schedule.ts";
import { money } from "../trace/usage.ts";
import type { Op } from "../values/op.ts";
import { budgetExceeded } from "./budget-exceeded.ts";
import { Excess } from "./excess.ts";

/** What a call takes of each limit that a budget may have. */
export type Amount = Required<Limits>;

/** What keeps a call from being made, and how things stood. */
export interface Overrun {
  readonly limit: keyof Limits;
  readonly allowed: number;
  readonly spent: number;
  readonly reservation: number;
}

/** A call under way. */
interface Open {
  readonly model: string;
  readonly needs: Amount;
}

/**
 * What a run may spend, shared by all of it as its permits are. A call reserves the most that it should take before it
 * is made, and has settled what it did take afterwards. One that fits but for what others have reserved waits for them,
 * first come, first served; whenever one waits, calls that it waits for are under way, so it never waits for ever.
 *
 * A reply may take more than its call had reserved. Once one has, the others under way are expected to do so too: the next
 * call waits until all of them, each with that much more, leave room for it. So it is by what a single reply takes beyond
 * its reservation that a run can pass its budget, and not by that of all that are under way at once.
 */
export class Budget {
  readonly #limits: readonly (readonly [limit: keyof Limits, allowed: number])[];
  readonly #excess = new Excess();
  #spent: Amount = nothing;
  /** What all of `#open` may come to; undefined where that is to be reckoned anew. */
  #expected: Amount | undefined = nothing;
  readonly #open = new Map<Fiber, Open>();
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
    if (this.#waiting.size > 0 || this.#overrun(needs, this.#underWay) !== undefined) {
      this.#waiting.set(fiber, needs);
      return false;
    }
    this.#reserve(fiber, op, needs);
    return true;
  }

  /** The fiber's call is over. Where nobody can tell what it took, it took what it had reserved. */
  settle(run: Scheduler, fiber: Fiber, took: Amount | undefined): void {
    const call = this.#open.get(fiber);
    if (call === undefined) return;
    this.#open.delete(fiber);
    const { model, needs } = call;
    if (this.#expected !== undefined) this.#expected = sum(this.#expected, this.#excess.padded(model, needs), -1);
    if (took !== undefined && this.#excess.learn(model, needs, took)) this.#expected = undefined;
    // Where nothing is open nothing is expected, whatever rounding may have left: else a call could wait for nobody.
    if (this.#open.size === 0) this.#expected = nothing;
    this.#spent = sum(this.#spent, took ?? needs);
    this.#goOn(run);
  }

  /**
   * The fiber's call was under way when whoever made it was lost, and may have been paid for: it took what it had reserved.
   * True where there is no room to make it again, and the fiber has failed.
   */
  lost(run: Scheduler, fiber: Fiber, op: Op): boolean {
    const call = this.#open.get(fiber);
    if (call === undefined) return false;
    this.#spent = sum(this.#spent, call.needs);
    const overrun = this.#overrun(call.needs, nothing);
    if (overrun === undefined) return false;
    this.#open.delete(fiber);
    this.#expected = undefined;
    abandonCall(run, fiber);
    refuse(run, fiber, op, overrun);
    run.wake(fiber);
    this.#goOn(run);
    return true;
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
      if (overrun === undefined && this.#overrun(needs, this.#underWay) !== undefined) return;
      this.#waiting.delete(fiber);
      if (overrun === undefined) {
        this.#reserve(fiber, fiber.op as Op, needs);
        run.permits.wait(fiber);
      } else {
        refuse(run, fiber, fiber.op as Op, overrun);
        run.wake(fiber);
      }
    }
  }

  #reserve(fiber: Fiber, { spends }: Op, needs: Amount): void {
    const model = spends?.model ?? "";
    const expected = this.#underWay;
    this.#open.set(fiber, { model, needs });
    this.#expected = sum(expected, this.#excess.padded(model, needs));
  }

  get #underWay(): Amount {
    this.#expected ??= [...this.#open.values()].reduce((all, { model, needs }) => sum(all, this.#excess.padded(model, needs)), nothing);
    return this.#expected;
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

const nothing: Amount = /* @__PURE__ */ Object.freeze({ tokens: 0, cost: 0, modelCalls: 0 });

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

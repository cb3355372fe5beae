import type { Context } from "./context.ts";
import type { Fiber } from "./fiber.ts";
import type { Group } from "./group.ts";
import type { Op } from "./op.ts";
import { isResult, isThenable, whenSettled } from "./result.ts";
import type { Scope } from "./scope.ts";

/**
 * One attempt under way, and the permit that it holds: a run has at most as many of these as its concurrency, and uses
 * them again and again. One that outlived its step (a timeout, a grace that ran out) is thrown away with its callbacks,
 * so that whatever it hands back late reaches nobody.
 */
export class Call {
  fiber: Fiber | undefined;
  op: Op | undefined;
  context: Context | undefined;
  /** The attempt's own, where it has a time limit; otherwise that of its group. */
  scope: Scope | undefined;
  /** Set where the call pulls an item for a map instead of running a step. */
  pulls: Group | undefined;
  startedAt = 0;
  timedOut = false;
  /** Nobody waits for it any more. */
  abandoned = false;
  stopTimer: (() => void) | undefined;

  outcome: "value" | "error" | "thrown" = "value";
  value: unknown;

  /** Attached to the promise of an asynchronous step; made once for all the steps that this call will serve. */
  readonly fulfilled: (value: unknown) => void;
  readonly rejected: (reason: unknown) => void;

  constructor(settled: (call: Call) => void) {
    this.fulfilled = onFulfilled(this, settled);
    this.rejected = onRejected(this, settled);
  }

  returned(value: unknown): void {
    if (!isResult(value)) {
      this.outcome = "value";
      this.value = value;
    } else if (value.isErr()) {
      this.outcome = "error";
      this.value = value.error;
    } else {
      this.outcome = "value";
      this.value = value.value;
    }
  }

  threw(reason: unknown): void {
    this.outcome = "thrown";
    this.value = reason;
  }

  reset(): void {
    this.fiber = undefined;
    this.op = undefined;
    this.context = undefined;
    this.scope = undefined;
    this.stopTimer = undefined;
    this.value = undefined;
    this.timedOut = false;
  }
}

// Made here and not in the constructor: a closure there would keep the whole call's surroundings alive.
function onFulfilled(call: Call, settled: (call: Call) => void): (value: unknown) => void {
  return (value) => {
    if (call.abandoned) return;
    try {
      call.returned(value);
    } catch (thrown) {
      call.threw(thrown);
    }
    settled(call);
  };
}

function onRejected(call: Call, settled: (call: Call) => void): (reason: unknown) => void {
  return (reason) => {
    if (call.abandoned) return;
    call.threw(reason);
    settled(call);
  };
}

/**
 * Runs the leaf. This is the one place where steps are called and waited for: whatever they throw ends here. True where the call has
 * settled; otherwise `fulfilled` or `rejected` will be called, once.
 */
export function invoke(call: Call): boolean {
  try {
    const value = (call.op as Op).run(call.context as Context);
    if (isThenable(value)) {
      whenSettled(value, call.fulfilled, call.rejected);
      return false;
    }
    call.returned(value);
  } catch (thrown) {
    call.threw(thrown);
  }
  return true;
}

/** The permits of a run: one budget for everything in it, whatever it is nested in. */
export class Permits {
  readonly #limit: number;
  readonly #settled: (call: Call) => void;
  readonly #free: Call[] = [];
  #taken = 0;

  constructor(limit: number, settled: (call: Call) => void) {
    this.#limit = limit;
    this.#settled = settled;
  }

  get available(): boolean {
    return this.#taken < this.#limit;
  }

  take(): Call {
    this.#taken++;
    return this.#free.pop() ?? new Call(this.#settled);
  }

  give(call: Call): void {
    this.#taken--;
    call.reset();
    this.#free.push(call);
  }

  /** Gives back the permit of a call that may still settle: the call itself is never used again. */
  abandon(call: Call): void {
    this.#taken--;
    call.abandoned = true;
    call.reset();
  }
}

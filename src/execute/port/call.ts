import { isResult, isThenable, whenSettled } from "../outcome/result.ts";
import type { Fiber } from "../schedule/fiber.ts";
import type { Group } from "../schedule/groups/group.ts";
import type { Scope } from "../schedule/scope.ts";
import type { Op } from "../values/op.ts";
import type { Context } from "./context.ts";

/** Who is told when a call that did not settle at once has settled. */
export interface Answered {
  settled(call: Call): void;
}

/**
 * One attempt under way, and the permit that it holds: a run has at most as many of these as its concurrency, and uses
 * them again and again. One that outlived its step (a timeout, a grace that ran out) is thrown away with its callbacks,
 * so that whatever it hands back late reaches nobody.
 */
export class Call {
  declare readonly run: Answered;
  fiber: Fiber | undefined;
  op: Op | undefined;
  context: Context | undefined;
  /** The attempt's own, where it has a time limit; otherwise its group's counts. */
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

  #answers: Answers | undefined;
  next: Call | undefined;

  constructor(run: Answered) {
    this.run = run;
  }

  /** Attached to the promise of an asynchronous step; taken with the first, for all the steps that this call will serve. */
  get answers(): Answers {
    this.#answers ??= answersFor(this);
    return this.#answers;
  }

  /** The run is over: the call will serve no more steps. */
  close(): void {
    if (this.#answers === undefined || spare.length >= mostSpare) return;
    this.#answers.call = undefined;
    spare.push(this.#answers);
    this.#answers = undefined;
  }

  returned(value: unknown): void {
    this.outcome = "value";
    this.value = value;
    if (typeof value === "object" && value !== null) this.#unwrap(value);
  }

  // By itself, so that what every step goes through is short enough to be compiled into its callers.
  #unwrap(value: object): void {
    if (!isResult(value)) return;
    if (value.isErr()) {
      this.outcome = "error";
      this.value = value.error;
    } else this.value = value.value;
  }

  threw(reason: unknown): void {
    this.outcome = "thrown";
    this.value = reason;
  }

  /** Lets go of what would be kept alive; the rest is written anew when the call is taken. */
  reset(): void {
    this.context = undefined;
    this.value = undefined;
    if (this.scope === undefined) return;
    this.scope = undefined;
    this.stopTimer = undefined;
    this.timedOut = false;
  }
}

/** What an asynchronous step comes to: one of these is called, once. */
interface Answers {
  /** Whose step it is; undefined while no run uses them. */
  call: Call | undefined;
  readonly fulfilled: (value: unknown) => void;
  readonly rejected: (reason: unknown) => void;
}

// Made here and not in a constructor: closures there would keep its surroundings alive.
function answersOf(first: Call): Answers {
  const answers: Answers = {
    call: first,
    fulfilled: (value) => {
      const call = answers.call as Call;
      if (call.abandoned) return;
      try {
        call.returned(value);
      } catch (thrown) {
        call.threw(thrown);
      }
      call.run.settled(call);
    },
    rejected: (reason) => {
      const call = answers.call as Call;
      if (call.abandoned) return;
      call.threw(reason);
      call.run.settled(call);
    },
  };
  return answers;
}

/** Callbacks that no run uses: making them costs as much as the rest of a call. */
const spare: Answers[] = [];
/** Not more than a few wide runs take, so that hardly anything is kept. */
const mostSpare = 64;

function answersFor(call: Call): Answers {
  const answers = spare.pop();
  if (answers === undefined) return answersOf(call);
  answers.call = call;
  return answers;
}

/**
 * Runs the leaf. This is the one place where steps are called and waited for: whatever they throw ends here. True where the call has
 * settled; otherwise one of its `answers` will be called, once.
 */
export function invoke(call: Call): boolean {
  try {
    const value = (call.op as Op).run(call.context as Context);
    if (isThenable(value)) {
      const { fulfilled, rejected } = call.answers;
      whenSettled(value, fulfilled, rejected);
      return false;
    }
    call.returned(value);
  } catch (thrown) {
    call.threw(thrown);
  }
  return true;
}

import { show } from "../../plan/show.ts";
import type { AnyFailure, StepFailure } from "../../types/failure.ts";
import { Failed, isEcho, isFinal, returned, threw, timedOut, timeoutReason } from "../outcome/failure.ts";
import { isThenable, whenSettled } from "../outcome/result.ts";
import type { Call } from "../port/call.ts";
import { Context } from "../port/context.ts";
import { type Execution, extra } from "../trace/trace.ts";
import { GROUP, type Op } from "../values/op.ts";
import { patched, type State } from "../values/state.ts";
import { remember } from "../walk/undo.ts";
import { end } from "./ending.ts";
import { type Fiber, stopped } from "./fiber.ts";
import { around } from "./groups/join.ts";
import { perform } from "./perform.ts";
import { pause } from "./retry.ts";
import type { Scheduler } from "./schedule.ts";
import { Scope } from "./scope.ts";

/** Begins one attempt of a leaf. True where it settled at once, so that the fiber may go on. */
export function startCall(run: Scheduler, fiber: Fiber, op: Op): boolean {
  if (fiber.attempt === 1 && !op.quiet) {
    fiber.execution = run.progress.begin(op, fiber.place);
    // A listener may have cancelled the run: then this step never begins.
    if (run.interrupted && !fiber.group.shielded) {
      run.wake(fiber);
      return false;
    }
  }
  const call = run.permits.take();
  call.fiber = fiber;
  call.op = op;
  fiber.call = call;
  if (op.timeout === undefined) call.context = new Context(fiber, op, undefined);
  else limit(run, call, op.timeout);
  return run.port.call(call) && settledAtOnce(run, call, op);
}

/** Begins the call that has waited longest for a permit. False where none waits. */
export function admit(run: Scheduler): boolean {
  const fiber = run.permits.next();
  if (fiber === undefined) return false;
  if (startCall(run, fiber, fiber.op as Op)) run.wake(fiber);
  return true;
}

function settledAtOnce(run: Scheduler, call: Call, op: Op): boolean {
  // A predicate that answers at once is not worth a look at the clock.
  if (!op.quiet || op.timeout !== undefined) run.progress.reach(run.port.now());
  return settleCall(run, call);
}

/** An attempt under a time limit has a signal of its own. */
function limit(run: Scheduler, call: Call, timeout: number): void {
  const fiber = call.fiber as Fiber;
  call.scope = new Scope();
  call.context = new Context(fiber, call.op as Op, call.scope);
  // Read anew, and not from what happened last: listeners may have taken their time.
  call.startedAt = run.port.now();
  call.stopTimer = run.timer(timeout, "attempt", fiber, call.op, () => attemptTimedOut(run, call, timeout));
}

/** The attempt's signal aborts, and it gets the grace to clean up; then the run goes on without it. */
function attemptTimedOut(run: Scheduler, call: Call, timeout: number): void {
  const op = call.op as Op;
  call.timedOut = true;
  call.scope?.abort(timeoutReason(`Step ${op.id} took longer than ${timeout} ms`));
  call.stopTimer = run.timer(run.settings.grace, "grace", call.fiber, op, () => {
    const fiber = call.fiber as Fiber;
    abandonCall(run, fiber);
    if (attemptFailed(run, fiber, op, timedOut(op, fiber.place, fiber.attempt, timeout, undefined))) run.wake(fiber);
  });
}

/** Takes a call's outcome. True where the fiber may go on. */
export function settleCall(run: Scheduler, call: Call): boolean {
  const fiber = call.fiber as Fiber;
  const op = call.op as Op;
  const { outcome, value, scope } = call;
  const context = call.context as Context;
  const patch = Context.settle(context);
  fiber.call = undefined;
  // What nearly all calls come to stands by itself, in a function that is short enough to be compiled into its callers.
  if (outcome === "value" && scope === undefined && op.spends === undefined && !fiber.group.aborting) {
    run.permits.give(call);
    return completed(run, fiber, op, value, patch);
  }
  return settleOtherwise(run, call, fiber, op, context, patch);
}

function completed(run: Scheduler, fiber: Fiber, op: Op, value: unknown, patch: State | undefined): true {
  if (patch !== undefined) fiber.state = patched(fiber.state, patch);
  finishCall(run, fiber, "completed", undefined);
  if (op.undo !== undefined) remember(fiber, op, value, fiber.last);
  fiber.inbox = value;
  return true;
}

function settleOtherwise(run: Scheduler, call: Call, fiber: Fiber, op: Op, context: Context, patch: State | undefined): boolean {
  const { outcome, value, scope } = call;
  const { aborting } = fiber.group;
  const late = scope !== undefined && (call.timedOut || (!aborting && run.progress.now - call.startedAt > (op.timeout as number)));
  if (scope !== undefined) call.stopTimer?.();
  run.permits.give(call);
  if (op.spends !== undefined) op.spends.settle(run, fiber, outcome === "thrown" ? undefined : value);
  if (outcome === "value" && !late && !aborting) return completed(run, fiber, op, value, patch);
  const { attempt } = fiber;
  // Too late to count, but done: it can still be undone.
  if (late && outcome === "value") remember(fiber, op, value, fiber.last);
  const failure = late
    ? timedOut(op, fiber.place, attempt, op.timeout as number, outcome === "value" ? undefined : value)
    : outcome === "value"
      ? undefined
      : (outcome === "error" ? returned : threw)(op, fiber.place, attempt, value);
  // Also under an abort: nobody else will read it, but what undoes the step sees the state as that left it.
  if (patch !== undefined && failure === undefined) fiber.state = patched(fiber.state, patch);
  if (aborting)
    return settleAborted(
      run,
      fiber,
      op,
      value,
      failure,
      !late && isEcho(value, scope?.reason ?? fiber.group.scope.reason),
      // A step whose own time was over before does not answer the abort.
      !late && Context.listens(context),
    );
  return attemptFailed(run, fiber, op, failure as AnyFailure);
}

/** A call under an aborted group settled within the grace: what it did is kept in the trace, and its fiber ends here. */
function settleAborted(
  run: Scheduler,
  fiber: Fiber,
  op: Op,
  value: unknown,
  failure: AnyFailure | undefined,
  echo: boolean,
  listened: boolean,
): boolean {
  finishCall(run, fiber, failure === undefined ? "completed" : echo ? "cancelled" : "failed", echo ? undefined : failure);
  if (failure === undefined) {
    remember(fiber, op, value, fiber.last);
    endEarly(run, fiber, op, value);
  } else end(run, fiber, echo ? stopped : new Failed(failure, listened));
  return false;
}

/** Ends a fiber after a call that completed: its output is kept, though nothing follows it any more. */
export function endEarly(run: Scheduler, fiber: Fiber, op: Op, value: unknown): void {
  if (op.slot !== -1 && fiber.operations !== undefined) fiber.frame.slots[op.slot] = value;
  end(run, fiber, fiber.operations === undefined ? value : stopped);
}

/** True where the failure stands; false where another attempt will follow. */
export function attemptFailed(run: Scheduler, fiber: Fiber, op: Op, failure: AnyFailure): boolean {
  if (fiber.group.aborting) return settleAborted(run, fiber, op, undefined, failure, false, false);
  const stands = retry(run, fiber, op, failure);
  if (stands === undefined) return false;
  finishCall(run, fiber, "failed", stands);
  fiber.inbox = new Failed(stands);
  return true;
}

export function finishCall(
  run: Scheduler,
  fiber: Fiber,
  status: "completed" | "failed" | "cancelled",
  failure: AnyFailure | undefined,
): void {
  const { execution } = fiber;
  if (execution !== undefined) {
    if (fiber.retried !== undefined) bookAttempts(fiber, execution);
    run.progress.end(execution, status, failure);
    fiber.execution = undefined;
  }
  if (fiber.retried !== undefined) {
    fiber.attempt = 1;
    fiber.retried = undefined;
  }
}

export function bookAttempts({ attempt, retried }: Fiber, execution: Execution): void {
  const booked = extra(execution);
  booked.attempts = attempt;
  if (retried !== undefined) booked.retried = retried;
}

/** What remains of the run's time, in ms. What is being undone is shielded from its end. */
function left(run: Scheduler, op: Op): number {
  return op.kind === "undo" ? Number.POSITIVE_INFINITY : run.deadline - run.progress.now;
}

/** Plans the next attempt; hands back the failure where there will be none. */
function retry(run: Scheduler, fiber: Fiber, op: Op, failure: AnyFailure): AnyFailure | undefined {
  const { retry } = op;
  const { attempt } = fiber;
  const place = op.code === GROUP ? around(fiber, op) : fiber.place;
  if (retry === undefined || attempt > retry.max || isFinal(failure)) return failure;
  let delayMs: number;
  let asked = `"retries.when" of step ${JSON.stringify(op.id)}`;
  try {
    const { when } = retry;
    const ask = () => answered(when?.(failure as StepFailure<unknown>));
    if (when !== undefined && !run.port.decide({ op, place, attempt }, ask)) return failure;
    asked = 'The run option "random"';
    const next = pause(retry, attempt, failure as StepFailure<unknown>, () => run.port.random(), left(run, op));
    if (next.refused !== undefined) return { ...failure, message: `${failure.message}; not tried again: ${next.refused}` };
    delayMs = next.delayMs;
  } catch (thrown) {
    // Both are user code: what they throw is the step's failure, with the one that they were asked about beside it.
    const broken = threw(op, place, attempt, thrown);
    return {
      ...broken,
      message: `${asked} threw: ${broken.message}`,
      suppressed: [failure as StepFailure<unknown>],
    };
  }
  fiber.retried ??= [];
  fiber.retried.push({ attempt, failure: failure as StepFailure<unknown>, delayMs });
  run.progress.retrying(place, op, failure, attempt + 1, delayMs);
  fiber.stopTimer = run.timer(delayMs, "pause", fiber, op, () => {
    fiber.stopTimer = undefined;
    fiber.attempt++;
    if (perform(run, fiber, op)) run.wake(fiber);
  });
  return undefined;
}

/** Gives back a call that nobody waits for any more: whatever it comes to reaches nobody. */
export function abandonCall(run: Scheduler, fiber: Fiber): void {
  const { call } = fiber;
  if (call === undefined) return;
  call.stopTimer?.();
  if (call.context !== undefined) Context.settle(call.context);
  fiber.call = undefined;
  run.permits.abandon(call);
  call.op?.spends?.settle(run, fiber, undefined);
}

/** `when` is asked at once: a promise would always count as yes. */
function answered(answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  if (isThenable(answer)) whenSettled(answer, ignore, ignore);
  throw new TypeError(`Expected "retries.when" to give true or false, got ${show(answer)}`);
}

function ignore(): void {}

import type { AnyFailure } from "../../types/failure.ts";
import { Failed } from "../outcome/failure.ts";
import type { Place } from "../trace/place.ts";
import { endEarly, finishCall } from "./calls.ts";
import { type Fiber, pending, stopped } from "./fiber.ts";
import { offer, settleGroup } from "./groups/groups.ts";
import { armCompleted, armFailed } from "./groups/join.ts";
import { Queue } from "./queue.ts";
import type { Scheduler } from "./schedule.ts";

/** A fiber to end, with what it came to. */
export interface End {
  readonly fiber: Fiber;
  readonly outcome: unknown;
}

/** What an aborted fiber leaves behind is closed, and its group learns that it is over. */
export function end(run: Scheduler, fiber: Fiber, outcome: unknown): void {
  if (fiber.done) return;
  fiber.done = true;
  const { group } = fiber;
  const failed = Failed.is(outcome) ? outcome : undefined;
  const completes = failed === undefined && outcome !== stopped;
  if (!completes) closePlaces(run, fiber, failed?.failure);
  group.unlink(fiber);
  if (fiber.completed !== undefined) {
    group.did(fiber.index, fiber.completed);
    fiber.completed = undefined;
  }
  if (completes) armCompleted(run, group, fiber, outcome);
  else if (failed !== undefined) armFailed(run, group, fiber.index, failed);
  settleGroup(run, group);
  offer(run, group);
}

/**
 * Ends the fiber that a group belonged to. Groups inside one another end one after the other, and not each in the call of
 * the one within: they may be thousands.
 */
export function endAround(run: Scheduler, fiber: Fiber, outcome: unknown): void {
  if (run.ends !== undefined) return run.ends.push({ fiber, outcome });
  const ends = new Queue<End>();
  run.ends = ends;
  for (let next: End | undefined = { fiber, outcome }; next !== undefined; next = ends.shift()) end(run, next.fiber, next.outcome);
  run.ends = undefined;
}

/** Ends a fiber of an aborted group that waits for something; what it has come to already is kept. */
export function stop(run: Scheduler, fiber: Fiber): void {
  fiber.stopTimer?.();
  fiber.stopTimer = undefined;
  run.stopWaiting(fiber);
  if (run.budget?.leave(run, fiber) === true || fiber.waitsForPermit) {
    if (fiber.waitsForPermit) run.permits.leave(fiber);
    // The attempt that it waited for has not begun.
    if (fiber.attempt > 1) fiber.attempt--;
  }
  const { inbox, op } = fiber;
  if (inbox === pending || Failed.is(inbox) || op === undefined) end(run, fiber, Failed.is(inbox) ? inbox : stopped);
  else endEarly(run, fiber, op, inbox);
}

function closePlaces(run: Scheduler, fiber: Fiber, failure: AnyFailure | undefined): void {
  if (run.leaving) return;
  const status = failure === undefined ? "cancelled" : "failed";
  finishCall(run, fiber, status, failure);
  for (let { place } = fiber; place !== fiber.base; place = place.parent as Place) run.progress.close(place, status, failure);
}

import { Failed, invalidSelection } from "../outcome/failure.ts";
import type { Op } from "../values/op.ts";
import { finishCall } from "./calls.ts";
import type { Fiber } from "./fiber.ts";
import type { Scheduler } from "./schedule.ts";

/** True where it is over at once, as with a duration that is none. */
export function startSleep(run: Scheduler, fiber: Fiber, op: Op): boolean {
  const { items: duration } = fiber;
  const ms = duration instanceof Date ? Math.max(0, duration.getTime() - run.port.date()) : duration;
  if (typeof ms !== "number" || !(ms >= 0)) {
    fiber.inbox = new Failed(invalidSelection(op, fiber.place, "the duration to be ms from 0 up or a valid Date: that", duration));
    return true;
  }
  fiber.execution = run.progress.begin(op, fiber.place);
  fiber.stopTimer = run.timer(ms, "sleep", fiber, op, () => {
    fiber.stopTimer = undefined;
    finishCall(run, fiber, "completed", undefined);
    fiber.inbox = undefined;
    run.wake(fiber);
  });
  return false;
}

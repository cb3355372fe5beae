import { GROUP, LAST_CALL, type Op, SLEEP, UNDO, unexpected, WAIT } from "../values/op.ts";
import { startCall } from "./calls.ts";
import { type Fiber, pending } from "./fiber.ts";
import { fork, undoChain } from "./groups/groups.ts";
import type { Scheduler } from "./schedule.ts";
import { startSleep } from "./sleep.ts";
import { startWait } from "./waits.ts";

/** True where the operation is over, and its outcome in the inbox; otherwise the fiber will be ready again when it is. */
export function perform(run: Scheduler, fiber: Fiber, op: Op): boolean {
  fiber.op = op;
  fiber.inbox = pending;
  if (op.code > LAST_CALL) return performOther(run, fiber, op);
  return op.spends === undefined || op.spends.admit(run, fiber, op) ? call(run, fiber, op) : fiber.inbox !== pending;
}

function call(run: Scheduler, fiber: Fiber, op: Op): boolean {
  const { permits } = run;
  // Not past those who wait already: a few busy loops would keep the others out for ever.
  if (permits.available && permits.waiting === 0) return startCall(run, fiber, op);
  permits.wait(fiber);
  return false;
}

function performOther(run: Scheduler, fiber: Fiber, op: Op): boolean {
  switch (op.code) {
    case GROUP:
      return fork(run, fiber, op);
    case SLEEP:
      return startSleep(run, fiber, op);
    case WAIT:
      return startWait(run, fiber, op);
    case UNDO:
      return undoChain(run, fiber);
    default:
      return unexpected(op);
  }
}

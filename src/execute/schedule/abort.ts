import { abandonCall } from "./calls.ts";
import { end, stop } from "./ending.ts";
import type { Fiber } from "./fiber.ts";
import { stopped } from "./fiber.ts";
import type { Group } from "./groups/group.ts";
import { settleGroup } from "./groups/groups.ts";
import { closeSource } from "./groups/sources.ts";
import type { Scheduler } from "./schedule.ts";

/** Aborts a group, and leaves behind what has not ended when the grace is over. */
export function abort(run: Scheduler, group: Group, reason: unknown): void {
  group.decided ||= !group.aborting;
  abortGroup(run, group, reason);
  settleGroup(run, group);
  if (group.busy && group.stopGrace === undefined)
    group.stopGrace = run.timer(run.settings.grace, "abort", group.fiber, group.op, () => abandonGroup(run, group));
}

/**
 * Aborts a group: its arms not yet started never start, what waits ends at once, and what runs sees its signal. The
 * group then lives until its last call has settled, or its grace is over.
 */
function abortGroup(scheduler: Scheduler, group: Group, reason: unknown): void {
  if (group.aborting) return;
  const calls: Fiber[] = [];
  const waiting: Fiber[] = [];
  const groups: Group[] = [group];
  // First mark everything, then tell user code: a signal's listeners must find the whole group aborted.
  for (let index = 0; index < groups.length; index++) {
    const open = groups[index] as Group;
    open.aborting = true;
    open.stopTimer?.();
    open.stopTimer = undefined;
    for (let fiber = open.first; fiber !== undefined; fiber = fiber.next) {
      if (fiber.call !== undefined) calls.push(fiber);
      else if (fiber.child !== undefined) {
        if (!fiber.child.aborting) groups.push(fiber.child);
      } else if (!fiber.shielded) waiting.push(fiber);
    }
  }
  for (const open of groups) {
    open.scope.abort(reason);
    closeSource(scheduler, open);
  }
  for (const { call } of calls) {
    // Its own time no longer counts; one that ran out before still does.
    if (call?.timedOut === false) call.stopTimer?.();
    call?.scope?.abort(reason);
  }
  for (const fiber of waiting) stop(scheduler, fiber);
  // From the inside out, so that a group without anything under way ends before the one that waits for it.
  for (let index = groups.length - 1; index > 0; index--) settleGroup(scheduler, groups[index] as Group);
}

/** The grace is over: whatever still runs is left behind, and what it comes to reaches nobody. */
function abandonGroup(scheduler: Scheduler, group: Group): void {
  const groups = [group];
  for (let index = 0; index < groups.length; index++) {
    for (let fiber = (groups[index] as Group).first; fiber !== undefined; fiber = fiber.next)
      if (fiber.child !== undefined) groups.push(fiber.child);
  }
  for (let index = groups.length - 1; index >= 0; index--) {
    const open = groups[index] as Group;
    if (open.source !== undefined) {
      for (const call of open.source.calls) call.abandoned = true;
      open.source.calls.clear();
    }
    for (let fiber = open.first; fiber !== undefined; ) {
      const { next } = fiber;
      if (fiber.call !== undefined) {
        abandonCall(scheduler, fiber);
        end(scheduler, fiber, stopped);
      }
      fiber = next;
    }
    settleGroup(scheduler, open);
  }
}

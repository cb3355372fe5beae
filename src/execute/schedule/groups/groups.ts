import { Failed, timedOut, timeoutReason, withSuppressed } from "../../outcome/failure.ts";
import { Place } from "../../trace/place.ts";
import { extra } from "../../trace/trace.ts";
import { Frame } from "../../values/frame.ts";
import type { Entry, Op } from "../../values/op.ts";
import type { Branch } from "../../values/state.ts";
import { Interpreter } from "../../walk/interpret.ts";
import { type Lost, stray, suppressIn, takeInside, takeLost, type UndoFailure, Undoing } from "../../walk/undo.ts";
import { attemptFailed, bookAttempts } from "../calls.ts";
import { end, endAround } from "../ending.ts";
import { Fiber, stopped } from "../fiber.ts";
import type { Scheduler } from "../schedule.ts";
import { Group } from "./group.ts";
import { armCompleted, around, begin, failGroup, failureOf, keepOutputs, outcomeOf } from "./join.ts";
import { nothing } from "./source.ts";
import { pull } from "./sources.ts";

/** Begins a group of the fiber's. False: the fiber goes on when the group has settled. */
export function fork(run: Scheduler, fiber: Fiber, op: Op): boolean {
  const begun = begin(fiber, op);
  if (Failed.is(begun)) {
    fiber.inbox = begun;
    return true;
  }
  const { timeout } = op;
  const { execution } = fiber.place;
  if (fiber.attempt > 1 && execution !== undefined) extra(execution).attempts = fiber.attempt;
  fiber.child = begun;
  if (timeout !== undefined) {
    begun.stopTimer = run.timer(timeout, "group", fiber, op, () => {
      const failure = timedOut(op, around(fiber, op), fiber.attempt, timeout, undefined);
      failGroup(run, begun, failure, timeoutReason(failure.message));
    });
  }
  if (begun.exhausted) settleGroup(run, begun);
  else offer(run, begun);
  return false;
}

/** Puts a group with room on the list of those that may start an arm. */
export function offer(run: Scheduler, group: Group): void {
  if (group.pending || group.aborting || group.exhausted || group.active >= group.limit) return;
  group.pending = true;
  run.pending.push(group);
}

/** Starts one arm, of the group that began last. False where there is none to start. */
export function startArm(run: Scheduler): boolean {
  const group = run.pending.at(-1);
  if (group === undefined) return false;
  const { source } = group;
  if (group.aborting || group.exhausted || group.active >= group.limit || source?.pulling === true) {
    run.pending.pop();
    group.pending = false;
    return true;
  }
  if (source === undefined) spawn(run, group, undefined);
  // What waits for the budget is under way too: a map must not begin a million items only to have them wait.
  else if (run.budget !== undefined && run.budget.waiting >= run.settings.concurrency) return false;
  else {
    const pulled = pull(run, group);
    if (pulled !== nothing) spawn(run, group, pulled);
    else settleGroup(run, group);
  }
  return true;
}

function spawn(run: Scheduler, group: Group, item: unknown): void {
  const { fiber: parent, op, fork, source } = group as Begun;
  const index = nextOf(group);
  const entry = op.entries[source === undefined ? index : 0] as Entry;
  const { leaf } = entry;
  const frame = leaf === undefined ? frameOf(op, parent.frame, entry) : parent.frame;
  const fiber = new Fiber(run, group, index, placeOf(op, parent, entry, index), frame, source === undefined ? parent.last : item, fork);
  if (leaf === undefined) fiber.operations = new Interpreter(fiber, entry.at);
  else fiber.leaf = leaf;
  group.started++;
  group.link(fiber);
  run.resume(fiber);
}

/**
 * An arm that is a single call has completed, and its fiber serves the next one: what ending it, offering its group and
 * starting that arm would come to, at half the price. False where something else has its turn first, or where more is to
 * be done.
 */
export function goOn(run: Scheduler, fiber: Fiber): boolean {
  const { inbox, group } = fiber;
  const { fiber: parent, op, fork, source } = group as Begun;
  // Of the sources of a map only an array knows how many items it has: that one can neither throw nor keep anybody waiting.
  if (group.aborting || group.exhausted || source?.size === 0 || !run.free(group)) return false;
  const index = nextOf(group);
  const entry = op.entries[source === undefined ? index : 0] as Entry;
  if (entry.leaf === undefined || group.mode === "race" || fiber.completed !== undefined || Failed.is(inbox)) return false;
  armCompleted(run, group, fiber, inbox);
  fiber.reuse(index, placeOf(op, parent, entry, index), entry.leaf, source === undefined ? parent.last : source.next(), fork);
  group.started++;
  return true;
}

/** A group that belongs to a fiber, and has arms to start. */
type Begun = Group & { readonly fiber: Fiber; readonly op: Op; readonly fork: Branch };

function nextOf({ chosen, started }: Group): number {
  return chosen?.[started] ?? started;
}

function placeOf(op: Op, { place, attempt }: Fiber, { segment }: Entry, index: number): Place {
  if (op.mode === "each") return place.item(index);
  if (op.mode === "once") return place.again(attempt);
  return segment === "" ? place : place.inside(op, segment);
}

/** Where an arm of several operations keeps its outputs. */
function frameOf({ mode, body: own }: Op, around: Frame, { body = own, slots }: Entry): Frame {
  const frame = body === undefined ? around : new Frame(body, around, around.input);
  // What an earlier attempt did is not to be seen by the next.
  if (mode === "once") frame.clear(slots);
  return frame;
}

/** Ends a group in which nothing is under way and nothing more will start. */
export function settleGroup(run: Scheduler, group: Group): void {
  if (!group.busy && (group.aborting || group.exhausted) && !run.over) close(run, group);
}

function close(run: Scheduler, group: Group): void {
  const { fiber } = group;
  group.stopTimer?.();
  group.stopGrace?.();
  group.stopTimer = group.stopGrace = undefined;
  if (undoLost(run, group)) return;
  if (group.ended !== undefined) return group.ended();
  if (fiber === undefined) {
    run.over = true;
    run.permits.close();
    const failure = failureOf(group);
    run.owner.ended(failure === undefined ? { value: group.results[0] } : { failure: withSuppressed(failure, run.strays ?? []) });
    return;
  }
  if (fiber.child !== group) return;
  fiber.child = undefined;
  keepOutputs(group, fiber);
  const stoppedFromOutside = group.aborting && group.winner === -1 && group.failures.length === 0;
  const outcome = stoppedFromOutside ? stopped : outcomeOf(group, fiber);
  // A group inside one that is being aborted: only what failed on its own account goes on.
  if (stoppedFromOutside || fiber.group.aborting) {
    endAround(run, fiber, Failed.is(outcome) ? outcome : stopped);
    return;
  }
  const { execution } = fiber.place;
  if (fiber.retried !== undefined && execution !== undefined) bookAttempts(fiber, execution);
  if (Failed.is(outcome) && group.mode === "once") {
    if (!attemptFailed(run, fiber, group.op as Op, outcome.failure)) return;
  } else {
    fiber.attempt = 1;
    fiber.retried = undefined;
    fiber.inbox = outcome;
  }
  run.wake(fiber);
}

/** True where the group has something to undo first: it settles when that is done. */
function undoLost(run: Scheduler, group: Group): boolean {
  if (group.completed.length === 0) return false;
  const lost = takeLost(group, run);
  if (lost.length === 0) return false;
  group.undoing = true;
  undoAll(run, lost, (failures) => {
    group.undoing = false;
    suppressIn(run, group, failures);
    settleGroup(run, group);
  });
  return true;
}

/** Before a handler runs: undoes what its chain has done. The failures of that go to the failure being handled. */
export function undoChain(run: Scheduler, fiber: Fiber): boolean {
  const inside = takeInside(fiber, fiber.place);
  fiber.inbox = [];
  if (inside.length === 0) return true;
  fiber.shielded = true;
  undoAll(run, inside, (failures) => {
    fiber.shielded = false;
    const suppressed = failures.map(({ failure }) => failure);
    fiber.inbox = suppressed;
    if (!fiber.group.aborting) return run.wake(fiber);
    for (const failure of suppressed) stray(run, failure);
    end(run, fiber, stopped);
  });
  return false;
}

/** Undoes steps in a group of their own, which no abort reaches: only their own time limits bound it. */
function undoAll(run: Scheduler, lost: readonly Lost[], done: (failures: readonly UndoFailure[]) => void): void {
  const failures: UndoFailure[] = [];
  const group = new Group(undefined, undefined, "once", 1, 1, undefined, undefined);
  group.ended = () => done(failures);
  const fiber = new Fiber(run, group, 0, Place.root, run.frame, undefined, { values: {}, written: undefined });
  fiber.operations = new Undoing(fiber, lost, failures);
  group.started = 1;
  group.link(fiber);
  run.wake(fiber);
}

import type { Merge } from "../../../plan/node.ts";
import type { AnyFailure } from "../../../types/failure.ts";
import { Failed, invalidSelection, isCatchable, siblingReason, stateConflict, threw, withSuppressed } from "../../outcome/failure.ts";
import type { Place } from "../../trace/place.ts";
import { extra } from "../../trace/trace.ts";
import { recordFor } from "../../values/frame.ts";
import type { Entry, Op } from "../../values/op.ts";
import { Sectioned } from "../../values/sectioned.ts";
import { join } from "../../values/state.ts";
import { abort } from "../abort.ts";
import type { Fiber } from "../fiber.ts";
import type { Scheduler } from "../schedule.ts";
import { Group } from "./group.ts";
import { type Source, sourceOf } from "./source.ts";

/** A group about to begin; a `Failed` where its items cannot be iterated. */
export function begin(fiber: Fiber, op: Op): Group | Failed {
  const { chosen, items } = fiber;
  fiber.chosen = fiber.items = undefined;
  if (op.mode !== "each") return new Group(fiber, op, op.mode, chosen?.length ?? op.entries.length, op.concurrency, chosen, undefined);
  let source: Source | undefined;
  try {
    source = sourceOf(items, op.leaf as Op);
  } catch (thrown) {
    return new Failed(threw(op.leaf as Op, fiber.place, 1, thrown));
  }
  if (source === undefined)
    return new Failed(invalidSelection(op, fiber.place.parent as Place, '"items" to give something iterable: that', items));
  const group = new Group(fiber, op, op.mode, Number.POSITIVE_INFINITY, op.concurrency, undefined, source);
  // A list that grows with each item would be copied again and again.
  group.results.length = source.size;
  return group;
}

/** Books what one arm came to, and aborts the others where that decides the group. */
export function armCompleted(scheduler: Scheduler, group: Group, fiber: Fiber, outcome: unknown): void {
  const { index } = fiber;
  if (group.mode === "race") {
    if (group.winner !== -1 || group.aborting) return;
    group.winner = index;
  }
  group.results[index] = group.mode === "settle" ? { ok: true, value: outcome } : outcome;
  if (fiber.state.written !== undefined) group.wrote(index, fiber.state);
  if (group.op?.grow !== undefined) grow(group, index);
  if (group.mode === "race") abort(scheduler, group, new DOMException("Aborted, since another arm won the race", "AbortError"));
}

/** Adds the arms that follow one that has ended. */
function grow(group: Group, index: number): void {
  const { op, results } = group;
  if (op?.grow === undefined || group.aborting) return;
  const added = op.grow((op.entries[index] as Entry).key, results[index]);
  op.entries = [...op.entries, ...added];
  group.size += added.length;
}

export function armFailed(scheduler: Scheduler, group: Group, index: number, { failure, answers }: Failed): void {
  // Whoever comes after the winner of a race has lost it, however it ends.
  if (group.winner !== -1) return;
  const held = !group.aborting && isCatchable(failure);
  if (held && group.mode === "settle") {
    group.results[index] = { ok: false, error: failure };
    grow(group, index);
    return;
  }
  if (group.mode === "race" && !group.aborting && !held) return failGroup(scheduler, group, failure, siblingReason(failure));
  group.failed({ failure, index, tick: scheduler.port.tick(), answers });
  if (group.aborting || (group.mode === "race" && group.failures.length < group.size)) return;
  abort(scheduler, group, siblingReason(failure));
}

/** Something other than an arm ends a group: its time, a cancel, its source, or what no race may hold back. It goes before all that its arms did. */
export function failGroup(scheduler: Scheduler, group: Group, failure: AnyFailure, reason: unknown): void {
  group.failed({ failure, index: -1, tick: -1, answers: false });
  abort(scheduler, group, reason);
}

/**
 * The failure that a group ends with, the others beside it: the first in time, and in one tick the first in declared
 * order. What may be an answer to the abort comes after what brought it about.
 */
export function failureOf({ failures }: Group): AnyFailure | undefined {
  if (failures.length === 0) return undefined;
  const sorted = failures.toSorted((a, b) => a.tick - b.tick || Number(a.answers) - Number(b.answers) || a.index - b.index);
  const [primary, ...others] = sorted.map(({ failure }) => failure);
  return primary === undefined ? undefined : withSuppressed(primary, others);
}

/** Stores what the arms of a group came to, also where the group failed: nothing that was done is lost. */
export function keepOutputs({ op, results, winner }: Group, { frame }: Fiber): void {
  const { entries } = op as Op;
  for (let index = 0; index < entries.length; index++) {
    const { slot, slots } = entries[index] as Entry;
    if (slot !== -1 && (results[index] !== undefined || index in results)) frame.slots[slot] = results[index];
    // What losers did is not to be seen.
    if (winner !== -1 && index !== winner) frame.clear(slots);
  }
}

/** What a group that has ended came to; joins its arms' states. */
export function outcomeOf(group: Group, fiber: Fiber): unknown {
  const op = group.op as Op;
  const failure = group.winner === -1 ? failureOf(group) : undefined;
  // A group that another one aborted failed after that, if not by itself: then its arms may have answered the abort.
  if (failure !== undefined)
    return new Failed(
      failure,
      group.failures.every(({ answers }) => answers),
    );
  const conflict = joinStates(group, fiber, op);
  if (conflict !== undefined) return conflict;
  const { results } = group;
  switch (group.mode) {
    case "once":
      return results[0];
    case "each":
      extra(fiber.place.execution as NonNullable<Place["execution"]>).count = group.started;
      return results;
    case "race":
      extra(fiber.place.execution as NonNullable<Place["execution"]>).route = (op.entries[group.winner] as Entry).key;
      return results[group.winner];
    default:
      return record(group, op);
  }
}

function record({ results, chosen }: Group, op: Op): object {
  const { length } = chosen ?? op.entries;
  const output = recordFor(length);
  for (let at = 0; at < length; at++) {
    const index = chosen?.[at] ?? at;
    output[(op.entries[index] as Entry).key] = results[index];
  }
  if (op.sections) new Sectioned(output);
  return output;
}

/** The place that a group stands in: a quiet one has no place of its own. */
export function around({ place }: Fiber, { quiet }: Op): Place {
  return quiet ? place : (place.parent as Place);
}

const noMerges: ReadonlyMap<string, Merge> = new Map();

function joinStates(group: Group, fiber: Fiber, op: Op): Failed | undefined {
  if (group.branches.length === 0) return undefined;
  const arms = group.branches.toSorted((a, b) => a.index - b.index).map(({ branch }) => branch);
  const at = around(fiber, op);
  try {
    // An attempt is no arm: it goes on with the one state there is.
    const merge = group.mode === "once" ? noMerges : fiber.frame.program.merge;
    const joined = join(fiber.state, arms, fiber.run.port.merges?.(merge, op, fiber) ?? merge);
    if (joined.conflict !== undefined) return new Failed(stateConflict(op, at, joined.conflict));
    fiber.state = joined.branch;
  } catch (thrown) {
    const failure = threw(op, at, 1, thrown);
    return new Failed({ ...failure, message: `A merge of the state at step ${JSON.stringify(op.id)} threw: ${failure.message}` });
  }
  return undefined;
}

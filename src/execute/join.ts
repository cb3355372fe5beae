import type { AnyFailure } from "../types/failure.ts";
import { Failed, invalidSelection, isCatchable, siblingReason, stateConflict, threw, withSuppressed } from "./failure.ts";
import { type Fiber, stopped } from "./fiber.ts";
import { Group } from "./group.ts";
import type { Entry, Op } from "./op.ts";
import type { Place } from "./place.ts";
import type { Scheduler } from "./schedule.ts";
import { type Source, sourceOf } from "./source.ts";
import { join } from "./state.ts";
import { extra } from "./trace.ts";

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
  if (source === undefined) return new Failed(invalidSelection(op, fiber.place.parent as Place, '"items" to give something iterable: that', items));
  return new Group(fiber, op, op.mode, Number.POSITIVE_INFINITY, op.concurrency, undefined, source);
}

/** Books how one arm ended, and aborts the others where that decides the group. */
export function armEnded(scheduler: Scheduler, group: Group, fiber: Fiber, outcome: unknown): void {
  if (outcome === stopped) return;
  const { index } = fiber;
  if (outcome instanceof Failed) return armFailed(scheduler, group, index, outcome.failure);
  if (group.mode === "race") {
    if (group.winner !== -1 || group.aborting) return;
    group.winner = index;
  }
  group.results[index] = group.mode === "settle" ? { ok: true, value: outcome } : outcome;
  if (fiber.state.written !== undefined) group.branches.push({ index, branch: fiber.state });
  if (group.mode === "race") scheduler.abort(group, new DOMException("Aborted, since another arm won the race", "AbortError"));
}

function armFailed(scheduler: Scheduler, group: Group, index: number, failure: AnyFailure): void {
  if (group.mode === "race" && group.winner !== -1) return;
  if (!group.aborting && isCatchable(failure)) {
    if (group.mode === "settle") {
      group.results[index] = { ok: false, error: failure };
      return;
    }
    if (group.mode === "race" && group.suppressed.length < group.size - 1) {
      group.suppressed.push(failure);
      return;
    }
  }
  if (group.failure === undefined) {
    if (group.mode === "race" && !group.aborting && isCatchable(failure)) {
      // The last arm has failed as well: the first failure stands, with the others beside it.
      const [first = failure, ...others] = [...group.suppressed.splice(0), failure];
      group.failure = first;
      group.suppressed.push(...others);
    } else group.failure = failure;
    group.failedIndex = index;
    group.failedTick = scheduler.port.tick();
    if (!group.aborting) scheduler.abort(group, siblingReason(failure));
    return;
  }
  // In one tick, the first in declared order is the primary.
  if (group.failedIndex > index && group.failedTick === scheduler.port.tick()) {
    group.suppressed.push(group.failure);
    group.failure = failure;
    group.failedIndex = index;
  } else group.suppressed.push(failure);
}

/** What a group that has ended came to. Stores its arms' outputs and joins their states. */
export function outcomeOf(group: Group, fiber: Fiber): unknown {
  const op = group.op as Op;
  const { failure } = group;
  if (failure !== undefined) {
    return new Failed(withSuppressed(failure, group.suppressed));
  }
  const conflict = joinStates(group, fiber, op);
  if (conflict !== undefined) return conflict;
  const { results } = group;
  const { slots } = fiber.frame;
  switch (group.mode) {
    case "once":
      return results[0];
    case "each":
      extra(fiber.place.execution as NonNullable<Place["execution"]>).count = group.started;
      return results;
    case "race": {
      const winner = op.entries[group.winner] as Entry;
      extra(fiber.place.execution as NonNullable<Place["execution"]>).route = winner.key;
      for (const entry of op.entries) if (entry !== winner) fiber.frame.clear(entry.slots);
      slots[winner.slot] = results[group.winner];
      return results[group.winner];
    }
    default:
      return record(group, op, slots);
  }
}

function record(group: Group, op: Op, slots: unknown[]): object {
  const output: Record<string, unknown> = {};
  const { results, chosen } = group;
  const { length } = chosen ?? op.entries;
  for (let at = 0; at < length; at++) {
    const index = chosen?.[at] ?? at;
    const { key, slot } = op.entries[index] as Entry;
    output[key] = results[index];
    if (slot !== -1) slots[slot] = results[index];
  }
  if (op.sections) sectioned.add(output);
  return output;
}

/** Records of named outputs, which an agent is shown in sections. By identity: no plain object can pass for one. */
const sectioned = new WeakSet<object>();

export function isSectioned(value: unknown): boolean {
  return typeof value === "object" && value !== null && sectioned.has(value);
}

/** The place that a group stands in: a quiet one has no place of its own. */
export function around({ place }: Fiber, { quiet }: Op): Place {
  return quiet ? place : (place.parent as Place);
}

function joinStates(group: Group, fiber: Fiber, op: Op): Failed | undefined {
  if (group.branches.length === 0) return undefined;
  const arms = group.branches.sort((a, b) => a.index - b.index).map(({ branch }) => branch);
  const at = around(fiber, op);
  try {
    const joined = join(fiber.state, arms, fiber.frame.program.merge);
    if (joined.conflict !== undefined) return new Failed(stateConflict(op, at, joined.conflict));
    fiber.state = joined.branch;
  } catch (thrown) {
    const failure = threw(op, at, 1, thrown);
    return new Failed({ ...failure, message: `A merge of the state at step ${JSON.stringify(op.id)} threw: ${failure.message}` });
  }
  return undefined;
}

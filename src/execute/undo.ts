import type { AnyFailure } from "../types/failure.ts";
import { Failed, isCatchable, withSuppressed } from "./failure.ts";
import type { Fiber, Operations } from "./fiber.ts";
import type { Frame } from "./frame.ts";
import type { Group } from "./group.ts";
import { CALL, Op } from "./op.ts";
import type { Place } from "./place.ts";
import type { Branch } from "./state.ts";

/** A step that has completed and can be undone, with the context that it ran in. */
export interface Completed {
  readonly op: Op;
  readonly output: unknown;
  /** When it completed, among all steps of the run. */
  readonly order: number;
  readonly place: Place;
  readonly frame: Frame;
  readonly input: unknown;
  readonly last: unknown;
  readonly state: Branch;
}

/** Books a step that has completed. Nothing is kept of steps without `undo`. */
export function remember(fiber: Fiber, op: Op, output: unknown, last: unknown): void {
  if (op.undo === undefined) return;
  const { place, frame, input, state } = fiber;
  fiber.completed ??= [];
  fiber.completed.push({ op, output, order: fiber.run.completions++, place, frame, input, last, state });
}

/** What a group has to undo before it settles: what the losers of a race, or failed arms that are held back, had done. */
export function takeLost(group: Group, run: { readonly root: Group }): Completed[] {
  const lost: Completed[] = [];
  const kept: Completed[] = [];
  const { failures, winner } = group;
  const allFailed = winner === -1 && group.mode === "race" && failures.length > 0 && failures.every(({ failure }) => isCatchable(failure));
  for (const { index, completed } of group.completed) {
    const failedArm = group.mode === "settle" && (group.results[index] as { readonly ok: boolean } | undefined)?.ok === false;
    const undone =
      group === run.root ? failures.length > 0 : group.mode === "race" ? allFailed || (winner !== -1 && index !== winner) : failedArm;
    (undone ? lost : kept).push(...completed);
  }
  group.completed = [];
  // What stays may still have to be undone, when something around the group fails.
  if (kept.length > 0 && group.fiber !== undefined) group.fiber.completed = [...(group.fiber.completed ?? []), ...kept];
  return lost;
}

/** Failures to undo stand beside what brought them about: the group's failure, or that of the first arm which failed. */
export function suppressIn(group: Group, failures: readonly AnyFailure[]): void {
  if (group.mode !== "settle") {
    for (const failure of failures) group.failures.push({ failure, index: group.size, tick: Number.MAX_SAFE_INTEGER, answers: true });
    return;
  }
  const arm = group.results.findIndex((result) => (result as { readonly ok: boolean } | undefined)?.ok === false);
  const { error } = group.results[arm] as { readonly error: AnyFailure };
  group.results[arm] = { ok: false, error: withSuppressed(error, failures) };
}

/** Takes what completed inside `place` out of what the fiber remembers: the steps of the chain that a handler belongs to. */
export function takeInside(fiber: Fiber, place: Place): Completed[] {
  const all = fiber.completed ?? [];
  const inside = all.filter((one) => isInside(one.place, place));
  fiber.completed = all.filter((one) => !inside.includes(one));
  return inside;
}

function isInside(inner: Place, outer: Place): boolean {
  for (let at: Place | undefined = inner; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}

/**
 * Undoes steps one after the other, the last to complete first. One that fails does not keep the others from being
 * undone: its failure is added to `failures`.
 */
export function* undoing(fiber: Fiber, completed: readonly Completed[], failures: AnyFailure[]): Operations {
  const { base } = fiber;
  for (const { op, output, place, frame, input, last, state } of latest(completed)) {
    Object.assign(fiber, { place, frame, input, last, state });
    const outcome = yield undoOf(op, output);
    if (Failed.is(outcome)) failures.push(outcome.failure);
  }
  fiber.place = base;
  return undefined;
}

/** In reverse order of completion. An execution that a retry of what is around it repeated is one effect, with one key. */
function latest(completed: readonly Completed[]): readonly Completed[] {
  const seen = new Set<string>();
  return [...completed]
    .sort((a, b) => b.order - a.order)
    .filter(({ op, place }) => {
      const key = `${place.key}/${op.segment}`;
      return seen.size < seen.add(key).size;
    });
}

function undoOf(op: Op, output: unknown): Op {
  const undo = op.undo as NonNullable<Op["undo"]>;
  const leaf = new Op(CALL, "undo", op.id, op.inPlace ? "undo" : `${op.segment}/undo`, undo.limits);
  leaf.visible = op.visible;
  leaf.plan = undefined;
  leaf.role = '"undo"';
  leaf.run = (context) => (undo.run as unknown as (output: unknown, context: unknown) => unknown)(output, context);
  return leaf;
}

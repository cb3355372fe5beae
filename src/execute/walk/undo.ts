import type { AnyFailure } from "../../types/failure.ts";
import { Failed, isCatchable, withSuppressed } from "../outcome/failure.ts";
import type { Fiber, Operations } from "../schedule/fiber.ts";
import type { Group } from "../schedule/groups/group.ts";
import type { Scheduler } from "../schedule/schedule.ts";
import type { Place } from "../trace/place.ts";
import type { Frame } from "../values/frame.ts";
import { CALL, Op } from "../values/op.ts";
import type { Branch } from "../values/state.ts";

/** A step that has completed and can be undone, with the context that it ran in. */
export interface Completed {
  readonly op: Op;
  readonly output: unknown;
  /** When it completed, among all steps of the run. */
  readonly order: number;
  readonly place: Place;
  readonly frame: Frame;
  readonly last: unknown;
  readonly state: Branch;
}

/** Books a step that has completed. Nothing is kept of steps without `undo`. */
export function remember(fiber: Fiber, op: Op, output: unknown, last: unknown): void {
  if (op.undo === undefined) return;
  const { place, frame, state } = fiber;
  fiber.completed ??= [];
  const kept = isRepeatable(fiber) ? frame.copy() : frame;
  fiber.completed.push({ op, output, order: fiber.run.completions++, place, frame: kept, last, state });
}

/** The next turn of a loop, and another attempt, clear what the one before gave: an undo sees those that its step ran in. */
function isRepeatable({ place, group }: Fiber): boolean {
  if (place.iteration !== 0) return true;
  for (let at: Group | undefined = group; at !== undefined; at = at.fiber?.group) if (at.op?.retry !== undefined) return true;
  return false;
}

/** A completed step that is to be undone, with the arm of the group that it belongs to. */
export interface Lost {
  readonly arm: number;
  readonly step: Completed;
}

/** What a group has to undo before it settles: what the losers of a race, or failed arms that are held back, had done. */
export function takeLost(group: Group, run: Scheduler): readonly Lost[] {
  const lost: Lost[] = [];
  // Nothing has failed: the run goes on another time.
  if (run.leaving) return lost;
  const { failures, winner, fiber, mode } = group;
  // One that was aborted from around it has no losers: what its arms did goes the way of all that was done before.
  const allFailed = winner === -1 && group.decided && failures.every(({ failure }) => isCatchable(failure));
  for (const { index, completed } of group.completed) {
    const undone =
      group === run.root
        ? failures.length > 0
        : mode === "race"
          ? allFailed || (winner !== -1 && index !== winner)
          : failedArm(group, index) !== undefined;
    if (undone) for (const step of completed) lost.push({ arm: index, step });
    // What stays may still have to be undone, when something around the group fails.
    else if (fiber !== undefined) keep(fiber, completed);
  }
  group.completed = [];
  return lost;
}

function keep(fiber: Fiber, completed: readonly Completed[]): void {
  fiber.completed ??= [];
  for (const step of completed) fiber.completed.push(step);
}

/** The failure of an arm that `settle` holds back. */
function failedArm({ mode, results }: Group, index: number): AnyFailure | undefined {
  return mode === "settle" ? (results[index] as { readonly error?: AnyFailure } | undefined)?.error : undefined;
}

/** A failure to undo, and the arm that it belongs to. */
export interface UndoFailure {
  readonly arm: number;
  readonly failure: AnyFailure;
}

/** Failures to undo stand beside what brought them about; where that is no failure, beside the run's own, should it fail. */
export function suppressIn(run: Scheduler, group: Group, failures: readonly UndoFailure[]): void {
  for (const { arm, failure } of failures) {
    const error = failedArm(group, arm);
    // A group that is being aborted hands no arm's error on.
    if (error !== undefined && !group.aborting) group.results[arm] = { ok: false, error: withSuppressed(error, [failure]) };
    else if (group.winner === -1) group.failed({ failure, index: group.size, tick: Number.MAX_SAFE_INTEGER, answers: true });
    else stray(run, failure);
  }
}

/** Books a failure to undo that has none to stand beside. */
export function stray(run: Scheduler, failure: AnyFailure): void {
  run.strays ??= [];
  run.strays.push(failure);
}

/** Takes what completed inside `place` out of what the fiber remembers: the steps of the chain that a handler belongs to. */
export function takeInside(fiber: Fiber, place: Place): readonly Lost[] {
  const inside: Lost[] = [];
  const rest: Completed[] = [];
  for (const step of fiber.completed ?? []) {
    if (isInside(step.place, place)) inside.push({ arm: -1, step });
    else rest.push(step);
  }
  fiber.completed = rest;
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
export class Undoing implements Operations {
  readonly outcome = undefined;
  readonly #fiber: Fiber;
  readonly #left: Lost[];
  readonly #failures: UndoFailure[];
  /** The arm of the step that is being undone. */
  #arm = -1;

  constructor(fiber: Fiber, lost: readonly Lost[], failures: UndoFailure[]) {
    this.#fiber = fiber;
    this.#left = latest(lost).toReversed();
    this.#failures = failures;
  }

  next(came: unknown): Op | undefined {
    const fiber = this.#fiber;
    if (Failed.is(came)) this.#failures.push({ arm: this.#arm, failure: came.failure });
    const lost = this.#left.pop();
    if (lost === undefined) {
      fiber.place = fiber.base;
      return undefined;
    }
    const { op, output, place, frame, last, state } = lost.step;
    this.#arm = lost.arm;
    Object.assign(fiber, { place, frame, last, state });
    return undoOf(op, output);
  }
}

/** In reverse order of completion. An execution that a retry of what is around it repeated is one effect, with one key. */
function latest(lost: readonly Lost[]): readonly Lost[] {
  const seen = new Set<string>();
  return [...lost]
    .sort((a, b) => b.step.order - a.step.order)
    .filter(({ step: { op, place } }) => {
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
  leaf.run = (context) => (undo.run as (output: unknown, context: unknown) => unknown)(output, context);
  return leaf;
}

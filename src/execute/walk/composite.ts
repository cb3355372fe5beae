import { Failed, invalidSelection, loopLimit, noRoute } from "../outcome/failure.ts";
import type { Fiber } from "../schedule/fiber.ts";
import type { Place } from "../trace/place.ts";
import { type Entry, type Op, ROUTE } from "../values/op.ts";
import type { Interpreter } from "./interpret.ts";

// Composites whose steps stand in line with them, in the same fiber: branches, routes and loops.

/** The place that a composite stands in, where the fiber's own is the composite's. */
export function outside({ place }: Fiber): Place {
  return place.parent as Place;
}

export function branch(walk: Interpreter, op: Op, came: unknown): undefined {
  const { fiber } = walk;
  if (typeof came !== "boolean")
    return walk.fail(op, new Failed(invalidSelection(op, outside(fiber), "the condition to give true or false: the one", came)));
  const arm = op.byKey?.get(came ? "yes" : "no");
  fiber.run.progress.take(fiber, op, arm ?? -1);
  return walk.goTo(arm === undefined ? op.target : (op.entries[arm] as Entry).at);
}

export function route(walk: Interpreter, op: Op, came: unknown): undefined {
  const { fiber } = walk;
  const arm = op.byKey?.get(came as string);
  if (arm === undefined) return walk.fail(op, new Failed(noRoute(op, outside(fiber), came)));
  fiber.run.progress.take(fiber, op, arm);
  return walk.goTo((op.entries[arm] as Entry).at);
}

/** What a branch, a route or a loop came to is what its last step gave. */
export function leave(walk: Interpreter, { owner }: Op): undefined {
  const { fiber } = walk;
  const composite = owner as Op;
  if (fiber.place.execution === undefined) fiber.place = outside(fiber);
  const { execution } = fiber.place;
  const output = composite.code === ROUTE ? { route: execution?.extra?.route, output: fiber.last } : fiber.last;
  fiber.run.progress.leave(fiber);
  return walk.store(composite, output);
}

export function loop(walk: Interpreter, op: Op): undefined {
  turn(walk.fiber, op, 1);
  return walk.goTo(walk.at + 1);
}

/** A loop's body has come to its end: once more, or on. */
export function until(walk: Interpreter, op: Op, came: unknown): undefined {
  const { fiber } = walk;
  const repeated = op.owner as Op;
  const { iteration, parent } = fiber.place;
  const around = parent?.parent as Place;
  if (typeof came !== "boolean")
    return walk.fail(op, new Failed(invalidSelection(repeated, around, '"until" to give true or false: that', came)));
  if (came) return walk.goTo(walk.at + 1);
  if (iteration < repeated.max) {
    fiber.place = parent as Place;
    turn(fiber, repeated, iteration + 1);
    return walk.goTo(op.target);
  }
  if (repeated.onLimit === "fail") return walk.fail(op, new Failed(loopLimit(repeated, around)));
  fiber.run.progress.limitReached(fiber);
  return walk.goTo(walk.at + 1);
}

function turn(fiber: Fiber, { clears }: Op, iteration: number): void {
  // A turn sees the one before only through `last`.
  if (clears !== undefined) fiber.frame.clear(clears);
  fiber.place = fiber.place.turn(iteration);
  fiber.run.progress.turned(fiber, iteration);
}

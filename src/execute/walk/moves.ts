import type { AnyFailure } from "../../types/failure.ts";
import { Failed, invalidSelection, noRoute, withSuppressed } from "../outcome/failure.ts";
import { hostOf } from "../routine/routine.ts";
import type { Entry, Op } from "../values/op.ts";
import { outside } from "./composite.ts";
import type { Interpreter } from "./interpret.ts";
import { remember } from "./undo.ts";

// Operations of the engine's that ask something before: a group for its items, a sleep for its duration.

export function group(walk: Interpreter, op: Op, came: unknown): Op | undefined {
  const { fiber, asked } = walk;
  if (asked === op) {
    if (!op.quiet) fiber.run.progress.leave(fiber);
    walk.store(op, came);
    return walk.goTo(op.target);
  }
  if (op.mode === "each") fiber.items = came;
  else if (asked !== undefined) {
    const failed = choose(walk, op, came);
    if (failed !== undefined) return walk.fail(op, failed);
  }
  return op;
}

/** The arms that a selector chose. */
function choose({ fiber }: Interpreter, op: Op, keys: unknown): Failed | undefined {
  if (!Array.isArray(keys)) return new Failed(invalidSelection(op, outside(fiber), "the selector to give an array of keys: that", keys));
  const chosen = new Set<number>();
  for (const key of keys) {
    const arm = op.byKey?.get(key);
    if (arm === undefined) return new Failed(noRoute(op, outside(fiber), key));
    chosen.add(arm);
  }
  // In declared order, whatever the order of the selection: outputs and joins must not depend on it.
  fiber.chosen = [...chosen].sort((a, b) => a - b);
  fiber.run.progress.took(
    fiber,
    fiber.chosen.map((arm) => (op.entries[arm] as Entry).key),
  );
  return undefined;
}

/** An agent or a team, which asks for operations of its own. */
export function routine(walk: Interpreter, op: Op, came: unknown): Op | undefined {
  const { fiber, asked } = walk;
  let told = came;
  if (walk.routine === undefined) {
    const begin = op.routine as NonNullable<Op["routine"]>;
    walk.routine = begin(hostOf(fiber, op), asked === undefined ? fiber.last : came);
    told = undefined;
  }
  const { done, value } = walk.routine.next(told);
  if (done !== true) return value;
  walk.routine = undefined;
  if (Failed.is(value)) return walk.fail(op, value);
  if (!op.quiet) fiber.run.progress.leave(fiber);
  remember(fiber, op, value, fiber.last);
  return walk.store(op, value);
}

/** A handler, which is passed by where nothing has failed. */
export function handler(walk: Interpreter, op: Op, came: unknown): Op | undefined {
  const { fiber, asked } = walk;
  if (asked === op) {
    fiber.caught = undefined;
    return walk.store(op, came);
  }
  if (asked !== undefined) fiber.caught = withSuppressed(fiber.caught as AnyFailure, came as readonly AnyFailure[]);
  else if (walk.rescuing) {
    walk.rescuing = false;
    if (op.leaf !== undefined) return op.leaf;
  } else return walk.goTo(walk.at + 1);
  return op;
}

export function wait(walk: Interpreter, op: Op, came: unknown): Op | undefined {
  const { fiber, asked } = walk;
  if (asked === op) return walk.store(op, came);
  fiber.items = asked === undefined ? undefined : came;
  return op;
}

export function sleep(walk: Interpreter, op: Op, came: unknown): Op | undefined {
  const { fiber, asked } = walk;
  if (asked === op) return walk.goTo(walk.at + 1);
  fiber.items = asked === undefined ? op.duration : came;
  return op;
}

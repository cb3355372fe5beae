import type { AnyFailure } from "../types/failure.ts";
import { Failed, invalidSelection, isCatchable, loopLimit, noRoute, withSuppressed } from "./failure.ts";
import type { Activation, Fiber, Operations } from "./fiber.ts";
import { allSteps, Frame } from "./frame.ts";
import type { Op } from "./op.ts";
import * as op from "./op.ts";
import type { Place } from "./place.ts";
import { programOf } from "./program.ts";
import type { State } from "./state.ts";
import { remember } from "./undo.ts";

/**
 * Walks a program from `start` to its end. It yields the operations that take an engine (calls, groups, sleeps) and is
 * resumed with what they came to; jumps, turns, stores and sub-workflows it does itself. It performs nothing: the same
 * walk runs under every engine.
 */
export function* interpret(fiber: Fiber, start: number): Operations {
  const { progress } = fiber.run;
  let { ops } = fiber.frame.program;
  let at = start;
  let rescuing = false;
  for (;;) {
    const current = ops[at] as Op;
    let failed: Failed | undefined;
    switch (current.code) {
      case op.CALL: {
        const value = yield current;
        if (Failed.is(value)) {
          failed = value;
          break;
        }
        if (current.slot !== -1) fiber.frame.slots[current.slot] = value;
        if (!current.passes) fiber.last = value;
        at++;
        continue;
      }

      case op.TAKE: {
        const value = yield current;
        if (Failed.is(value)) {
          failed = value;
          break;
        }
        fiber.frame.input = fiber.last = value;
        at++;
        continue;
      }

      case op.GROUP: {
        if (!current.quiet) progress.enter(fiber, current);
        failed = yield* prepareGroup(fiber, current);
        if (failed !== undefined) break;
        const value = yield current;
        if (Failed.is(value)) {
          failed = value;
          break;
        }
        if (!current.quiet) progress.leave(fiber);
        if (current.slot !== -1) fiber.frame.slots[current.slot] = value;
        fiber.last = value;
        at = current.target;
        continue;
      }

      case op.BRANCH:
      case op.ROUTE: {
        progress.enter(fiber, current);
        const value = yield current.leaf as Op;
        if (Failed.is(value)) {
          failed = value;
          break;
        }
        if (current.code === op.BRANCH && typeof value !== "boolean") {
          failed = new Failed(invalidSelection(current, outside(fiber), "the condition to give true or false: the one", value));
          break;
        }
        const key = current.code === op.BRANCH ? (value === true ? "yes" : "no") : value;
        const arm = current.byKey?.get(key as string);
        if (arm !== undefined) {
          progress.take(fiber, current, arm);
          at = (current.entries[arm] as op.Entry).at;
        } else if (current.code === op.BRANCH) {
          progress.take(fiber, current, -1);
          at = current.target;
        } else {
          failed = new Failed(noRoute(current, outside(fiber), value));
          break;
        }
        continue;
      }

      case op.LOOP:
        progress.enter(fiber, current);
        turn(fiber, current, 1);
        at++;
        continue;

      case op.UNTIL: {
        const value = yield current.leaf as Op;
        if (Failed.is(value)) {
          failed = value;
          break;
        }
        const loop = current.owner as Op;
        const { iteration } = fiber.place;
        if (typeof value !== "boolean")
          failed = new Failed(invalidSelection(loop, fiber.place.parent?.parent as Place, '"until" to give true or false: that', value));
        else if (value) at++;
        else if (iteration < loop.max) {
          fiber.place = fiber.place.parent as Place;
          turn(fiber, loop, iteration + 1);
          at = current.target;
        } else if (loop.onLimit === "fail") failed = new Failed(loopLimit(loop, fiber.place.parent?.parent as Place));
        else {
          progress.limitReached(fiber);
          at++;
        }
        if (failed !== undefined) break;
        continue;
      }

      case op.LEAVE: {
        const composite = current.owner as Op;
        if (fiber.place.execution === undefined) fiber.place = fiber.place.parent as Place;
        if (composite.code === op.ROUTE) fiber.last = { route: fiber.place.execution?.extra?.route, output: fiber.last };
        progress.leave(fiber);
        fiber.frame.slots[composite.slot] = fiber.last;
        at++;
        continue;
      }

      case op.JUMP:
        at = current.target;
        continue;

      case op.SUB: {
        if (!current.quiet) progress.enter(fiber, current);
        failed = yield* enterSub(fiber, current, at + 1);
        if (failed !== undefined) break;
        ({ ops } = fiber.frame.program);
        at = 0;
        continue;
      }

      case op.END: {
        const { activation } = fiber;
        if (activation === undefined) return fiber.last;
        const { steps, output } = { steps: allSteps(fiber.frame), output: fiber.last };
        restore(fiber, activation);
        if (!activation.op.quiet) progress.leave(fiber);
        remember(fiber, activation.op, output, activation.last);
        if (activation.op.slot !== -1) fiber.frame.slots[activation.op.slot] = { output, steps };
        ({ ops } = fiber.frame.program);
        at = activation.returnTo;
        continue;
      }

      case op.ROUTINE: {
        if (!current.quiet) progress.enter(fiber, current);
        let input = fiber.last;
        if (current.leaf !== undefined) {
          input = yield current.leaf;
          if (Failed.is(input)) {
            failed = input;
            break;
          }
        }
        const value = yield* (current.routine as NonNullable<Op["routine"]>)(fiber.run.host(fiber, current), input);
        if (Failed.is(value)) {
          failed = value;
          break;
        }
        if (!current.quiet) progress.leave(fiber);
        remember(fiber, current, value, fiber.last);
        if (current.slot !== -1) fiber.frame.slots[current.slot] = value;
        fiber.last = value;
        at++;
        continue;
      }

      case op.CATCH: {
        if (!rescuing) {
          at++;
          continue;
        }
        rescuing = false;
        if (current.leaf !== undefined) {
          const suppressed = (yield current.leaf) as readonly AnyFailure[];
          fiber.caught = withSuppressed(fiber.caught as AnyFailure, suppressed);
        }
        const value = yield current;
        fiber.caught = undefined;
        if (Failed.is(value)) {
          failed = value;
          break;
        }
        fiber.frame.slots[current.slot] = value;
        fiber.last = value;
        at++;
        continue;
      }

      case op.WAIT: {
        fiber.items = undefined;
        if (current.leaf !== undefined) {
          const shown = yield current.leaf;
          if (Failed.is(shown)) {
            failed = shown;
            break;
          }
          fiber.items = shown;
        }
        const answer = yield current;
        if (Failed.is(answer)) {
          failed = answer;
          break;
        }
        fiber.frame.slots[current.slot] = fiber.last = answer;
        at++;
        continue;
      }

      case op.SLEEP: {
        fiber.items = current.duration;
        if (current.leaf !== undefined) {
          const value = yield current.leaf;
          if (Failed.is(value)) {
            failed = value;
            break;
          }
          fiber.items = value;
        }
        const slept = yield current;
        if (Failed.is(slept)) {
          failed = slept;
          break;
        }
        at++;
        continue;
      }
    }
    if (failed === undefined) throw new Error(`Expected an operation of a known code, got ${current.code}`);
    const handler = rescue(fiber, current, failed);
    if (handler === -1) return failed;
    rescuing = true;
    ({ ops } = fiber.frame.program);
    at = handler;
  }
}

/** What a group needs before it begins: the arms that a selector chose, or the items of a map. */
function* prepareGroup(fiber: Fiber, group: Op): Generator<Op, Failed | undefined, unknown> {
  if (group.leaf === undefined) return undefined;
  const value = yield group.leaf;
  if (Failed.is(value)) return value;
  if (group.mode === "each") {
    fiber.items = value;
    return undefined;
  }
  if (!Array.isArray(value))
    return new Failed(invalidSelection(group, outside(fiber), "the selector to give an array of keys: that", value));
  const chosen = new Set<number>();
  for (const key of value) {
    const arm = group.byKey?.get(key);
    if (arm === undefined) return new Failed(noRoute(group, outside(fiber), key));
    chosen.add(arm);
  }
  // In declared order, whatever the order of the selection: outputs and joins must not depend on it.
  fiber.chosen = [...chosen].sort((a, b) => a - b);
  fiber.run.progress.took(
    fiber,
    fiber.chosen.map((arm) => (group.entries[arm] as op.Entry).key),
  );
  return undefined;
}

function* enterSub(fiber: Fiber, sub: Op, returnTo: number): Generator<Op, Failed | undefined, unknown> {
  const { last } = fiber;
  let input = last;
  if (sub.leaf !== undefined) {
    input = yield sub.leaf;
    if (Failed.is(input)) return input;
  }
  sub.body ??= programOf(sub.definition as NonNullable<Op["definition"]>);
  let values = sub.body.state as State;
  if (sub.fresh !== undefined) {
    const fresh = yield sub.fresh;
    if (Failed.is(fresh)) return fresh;
    values = Object.freeze(fresh) as State;
  }
  fiber.activation = { parent: fiber.activation, op: sub, returnTo, frame: fiber.frame, last, state: fiber.state };
  fiber.frame = new Frame(sub.body, undefined, input);
  fiber.last = input;
  fiber.state = { values, written: undefined };
  return undefined;
}

function restore(fiber: Fiber, { parent, frame, state }: Activation): void {
  fiber.activation = parent;
  fiber.frame = frame;
  fiber.state = state;
}

function turn(fiber: Fiber, loop: Op, iteration: number): void {
  // A turn sees the one before only through `last`.
  if (loop.clears !== undefined) fiber.frame.clear(loop.clears);
  fiber.place = fiber.place.turn(iteration);
  fiber.run.progress.turned(fiber, loop, iteration);
}

/** The place that a composite stands in, where `fiber.place` is the composite's own. */
function outside(fiber: Fiber): Place {
  return fiber.place.parent as Place;
}

/**
 * Where a failure is handled: at the next handler of its own chain, or of a chain around it. Leaves what lies between,
 * sub-workflows included; -1 where nobody handles it.
 */
function rescue(fiber: Fiber, failedAt: Op, failed: Failed): number {
  for (let from = failedAt; ; ) {
    if (from.rescue !== -1 && isCatchable(failed.failure)) {
      const handler = fiber.frame.program.ops[from.rescue] as Op;
      // The outermost chain of a sub-workflow stands in the step that runs it.
      unwind(fiber, handler.owner ?? fiber.activation?.op, failed);
      fiber.caught = failed.failure;
      return from.rescue;
    }
    const { activation } = fiber;
    // What is still open is closed as its fiber ends.
    if (activation === undefined) return -1;
    restore(fiber, activation);
    from = activation.op;
  }
}

/** Leaves every composite inside `owner`, as failed. */
function unwind(fiber: Fiber, owner: Op | undefined, failed: Failed): void {
  while (fiber.place !== fiber.base && fiber.place.op !== owner) {
    fiber.run.progress.close(fiber.place, "failed", failed.failure);
    fiber.place = fiber.place.parent as Place;
  }
}

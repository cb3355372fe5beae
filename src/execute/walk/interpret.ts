import { Failed, isCatchable } from "../outcome/failure.ts";
import type { Fiber, Operations } from "../schedule/fiber.ts";
import type { Place } from "../trace/place.ts";
import type { Op } from "../values/op.ts";
import * as op from "../values/op.ts";
import { branch, leave, loop, route, until } from "./composite.ts";
import { group, handler, routine, sleep, wait } from "./moves.ts";
import { comeBack, enter, restore } from "./nested.ts";

/**
 * Walks a program to its end. It hands out the operations that take an engine (calls, groups, sleeps) and is told what
 * each came to; jumps, turns, stores and sub-workflows it does itself. It performs nothing: the same walk goes under every
 * engine. A generator would read alike, and take 15 ns more for each operation.
 */
export class Interpreter implements Operations {
  declare readonly fiber: Fiber;
  declare ops: readonly Op[];
  declare at: number;
  /** What was handed out last, for the operation at `at`: itself, or its leaf; undefined where that is about to begin. */
  asked: Op | undefined;
  /** It comes to a handler by a failure, and not from the step before. */
  rescuing = false;
  /** What an agent or a team asks for, while one is at work. */
  routine: Generator<Op, unknown, unknown> | undefined;
  outcome: unknown;
  #over = false;

  constructor(fiber: Fiber, start: number) {
    this.fiber = fiber;
    this.ops = fiber.frame.program.ops;
    this.at = start;
  }

  next(came: unknown): Op | undefined {
    for (;;) {
      const current = this.ops[this.at] as Op;
      let wanted: Op | undefined = current;
      if (current.code !== op.CALL) wanted = this.#move(current, came);
      else if (this.asked !== undefined) wanted = this.#called(current, came);
      this.asked = wanted;
      if (wanted !== undefined || this.#over) return wanted;
    }
  }

  /** What `current` wants next, of what it asked for last; undefined where it is done, and `at` leads on. */
  #move(current: Op, came: unknown): Op | undefined {
    if (this.asked === undefined) {
      if (current.code > op.LAST_CALL && current.code <= op.LAST_COMPOSITE && !current.quiet)
        this.fiber.run.progress.enter(this.fiber, current);
      // What it begins with: a predicate, a selector, items, an input. A handler's comes after a failure only.
      if (current.leaf !== undefined && current.code !== op.CATCH) return current.leaf;
    }
    // A routine is told of failures like of anything else.
    else if (this.routine === undefined && Failed.is(came)) return this.fail(current, came);
    switch (current.code) {
      case op.TAKE:
        if (this.asked === undefined) return current;
        this.fiber.frame.input = came;
        return this.#called(current, came);
      case op.UNTIL:
        return until(this, current, came);
      case op.LOOP:
        return loop(this, current);
      case op.BRANCH:
        return branch(this, current, came);
      case op.ROUTE:
        return route(this, current, came);
      case op.LEAVE:
        return leave(this, current);
      case op.JUMP:
        return this.goTo(current.target);
      case op.GROUP:
        return group(this, current, came);
      case op.SUB:
        return enter(this, current, came);
      case op.END:
        return this.fiber.activation === undefined ? this.#end(this.fiber.last) : comeBack(this, this.fiber.activation);
      case op.ROUTINE:
        return routine(this, current, came);
      case op.CATCH:
        return handler(this, current, came);
      case op.WAIT:
        return wait(this, current, came);
      case op.SLEEP:
        return sleep(this, current, came);
      default:
        return op.unexpected(current);
    }
  }

  #called(call: Op, value: unknown): undefined {
    if (Failed.is(value)) return this.fail(call, value);
    if (!call.passes) return this.store(call, value);
    this.at++;
  }

  goTo(at: number): undefined {
    this.at = at;
  }

  /** The step has this output, and what follows it is next. */
  store({ slot }: Op, value: unknown): undefined {
    const { fiber } = this;
    if (slot !== -1) fiber.frame.slots[slot] = value;
    fiber.last = value;
    this.at++;
  }

  /** Goes to where a failure is handled: the next handler of its own chain, or of a chain around it; otherwise all ends here. */
  fail(current: Op, failed: Failed): undefined {
    const { fiber } = this;
    fiber.caught = undefined;
    for (let from = current; ; ) {
      if (from.rescue !== -1 && isCatchable(failed.failure)) {
        this.ops = fiber.frame.program.ops;
        this.at = from.rescue;
        this.rescuing = true;
        // The outermost chain of a sub-workflow stands in the step that runs it.
        unwind(fiber, (this.ops[this.at] as Op).owner ?? fiber.activation?.op, failed);
        fiber.caught = failed.failure;
        return;
      }
      const { activation } = fiber;
      // What is still open is closed as its fiber ends.
      if (activation === undefined) return this.#end(failed);
      restore(fiber, activation);
      from = activation.op;
    }
  }

  #end(outcome: unknown): undefined {
    this.outcome = outcome;
    this.#over = true;
  }
}

/** Leaves every composite inside `owner`, as failed. */
function unwind(fiber: Fiber, owner: Op | undefined, failed: Failed): void {
  while (fiber.place !== fiber.base && fiber.place.op !== owner) {
    fiber.run.progress.close(fiber.place, "failed", failed.failure);
    fiber.place = fiber.place.parent as Place;
  }
}

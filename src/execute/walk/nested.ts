import { programOf } from "../program/program.ts";
import type { Activation, Fiber } from "../schedule/fiber.ts";
import { allSteps, Frame } from "../values/frame.ts";
import type { Op } from "../values/op.ts";
import type { State } from "../values/state.ts";
import type { Interpreter } from "./interpret.ts";
import { remember } from "./undo.ts";

// Sub-workflows: walked by the fiber that comes to them, in a frame of their own.

export function enter(walk: Interpreter, op: Op, came: unknown): Op | undefined {
  const { fiber, asked } = walk;
  const { leaf, fresh } = op;
  if (asked === undefined) fiber.items = fiber.last;
  else if (asked === leaf) fiber.items = came;
  if (fresh !== undefined && asked !== fresh) return fresh;
  const { items: input, frame, last, state, activation: parent } = fiber;
  op.body ??= programOf(op.definition as NonNullable<Op["definition"]>);
  const values = fresh === undefined ? (op.body.state as State) : (Object.freeze(came) as State);
  fiber.activation = { parent, op, returnTo: walk.at + 1, frame, last, state };
  fiber.frame = new Frame(op.body, undefined, input);
  fiber.items = undefined;
  fiber.last = input;
  fiber.state = { values, written: undefined };
  walk.ops = op.body.ops;
  return walk.goTo(0);
}

/** Back to the step that the sub-workflow is. */
export function comeBack(walk: Interpreter, activation: Activation): undefined {
  const { fiber } = walk;
  const { op } = activation;
  const { frame: inner, last: output } = fiber;
  restore(fiber, activation);
  if (!op.quiet) fiber.run.progress.leave(fiber);
  remember(fiber, op, output, activation.last);
  if (op.slot !== -1) fiber.frame.slots[op.slot] = { output, steps: allSteps(inner) };
  walk.ops = fiber.frame.program.ops;
  return walk.goTo(activation.returnTo);
}

export function restore(fiber: Fiber, { parent, frame, state }: Activation): void {
  fiber.activation = parent;
  fiber.frame = frame;
  fiber.state = state;
}

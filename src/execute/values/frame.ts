import type { Op, Program, Visible } from "./op.ts";
import { type Range, stepsView } from "./steps-view.ts";

/** Stands in a slot whose step has not completed. */
export const empty: unique symbol = Symbol("empty");

/** The outputs of one running program, in slots. */
export class Frame {
  declare readonly program: Program;
  declare readonly slots: unknown[];
  /** The frame around a map's item. */
  declare readonly outer: Frame | undefined;
  /** What the program was given. */
  declare input: unknown;

  constructor(program: Program, outer: Frame | undefined, input: unknown) {
    this.program = program;
    this.input = input;
    this.slots = program.blank.slice();
    this.outer = outer;
  }

  /** The outputs as they are now, those of the frames around included. */
  copy(): Frame {
    const copy = new Frame(this.program, this.outer?.copy(), this.input);
    for (const [slot, value] of this.slots.entries()) copy.slots[slot] = value;
    return copy;
  }

  clear([from, to]: readonly [from: number, to: number]): void {
    this.slots.fill(empty, from, to);
  }
}

/** The outputs that are visible at `op`, by name, in the order in which the steps were declared. */
export function stepsAt(frame: Frame, op: Op): object {
  const ranges: Range[] = [];
  let visible = op.visible;
  for (let at: Frame | undefined = frame; at !== undefined; at = at.outer) {
    for (; visible !== undefined; visible = visible.before) ranges.push({ frame: at, visible });
    visible = at.program.outer;
  }
  let size = 0;
  for (const range of ranges) size += range.visible.to - range.visible.from;
  return size > longest ? stepsView(ranges, () => copied(ranges, size)) : copied(ranges, size);
}

/** Beyond so many names, a step that reads a few of them should not pay for all. */
const longest = 256;

function copied(ranges: readonly Range[], size: number): object {
  const steps = recordFor(size);
  for (let index = ranges.length - 1; index >= 0; index--) {
    const range = ranges[index];
    if (range !== undefined) copy(range.frame, range.visible, steps);
  }
  return steps;
}

/** Every output of a finished program, by name. */
export function allSteps(frame: Frame): object {
  const { length } = frame.slots;
  const steps = recordFor(length);
  copy(frame, { before: undefined, from: 0, to: length }, steps);
  return steps;
}

function copy(frame: Frame, visible: Visible, into: Record<string, unknown>): void {
  const { names } = frame.program;
  for (let slot = visible.from; slot < visible.to; slot++) {
    const name = names[slot] as string;
    const value = frame.slots[slot];
    if (value !== empty) into[name] = value;
    // A name such as `constructor` would otherwise read as what every object inherits.
    else if (name in Object.prototype && !Object.hasOwn(into, name)) into[name] = undefined;
  }
}

const small = 16;

/** An empty object for `size` keys. One that grows to hundreds costs V8 about 200 ns a key, unless it starts as a dictionary. */
export function recordFor(size: number): Record<string, unknown> {
  return size > small ? Object.setPrototypeOf(Object.create(null), Object.prototype) : {};
}

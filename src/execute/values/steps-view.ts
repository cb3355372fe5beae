import { empty, type Frame } from "./frame.ts";
import type { Visible } from "./op.ts";

/** A stretch of a frame's slots that is visible from one place. */
export interface Range {
  readonly frame: Frame;
  readonly visible: Visible;
}

/**
 * The outputs of a long chain by name, looked up when they are read. A copy costs as much as the chain is long, so a chain
 * whose every step reads its `steps` would take quadratic time; shorter ones are cheaper as the plain objects they get.
 * Reads, spreads and serialises like one. It shows the slots as they are: nothing in them changes while its step runs.
 */
export function stepsView(ranges: readonly Range[], all: () => object): object {
  const target = Object.defineProperty({}, Symbol.for("nodejs.util.inspect.custom"), { value: all, configurable: true });
  return new Proxy(target, {
    get: (_, key) => (typeof key === "string" ? outputOf(ranges, key) : Reflect.get(target, key)),
    has: (_, key) => (typeof key === "string" ? find(ranges, key) !== undefined || key in Object.prototype : Reflect.has(target, key)),
    ownKeys: () => Object.keys(all()),
    getOwnPropertyDescriptor: (_, key) => {
      const found = typeof key === "string" ? find(ranges, key) : undefined;
      return found === undefined ? undefined : { value: found.value, enumerable: true, configurable: true, writable: true };
    },
    // What a step changes on its own copy of `steps` nobody else would see; here it is refused instead.
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  });
}

function outputOf(ranges: readonly Range[], name: string): unknown {
  const found = find(ranges, name);
  return found === undefined ? (Object.prototype as Record<string, unknown>)[name] : found.value;
}

/** Names of a nearer frame come first; of arms that share a name, the one that ran has it. */
function find(ranges: readonly Range[], name: string): { readonly value: unknown } | undefined {
  let unset: { readonly value: undefined } | undefined;
  for (const { frame, visible } of ranges) {
    for (const slot of frame.program.slotsOf(name)) {
      if (slot < visible.from || slot >= visible.to) continue;
      const value = frame.slots[slot];
      if (value !== empty) return { value };
      // A name such as `constructor` would otherwise read as what every object inherits.
      if (name in Object.prototype) unset = { value: undefined };
    }
  }
  return unset;
}

const noSlots: readonly number[] = [];

/** An index of a program's names, made when the first is looked up. */
export function slotFinder(names: readonly string[]): (name: string) => readonly number[] {
  let index: Map<string, number[]> | undefined;
  return (name) => {
    if (index === undefined) {
      index = new Map();
      for (const [slot, known] of names.entries()) {
        const slots = index.get(known);
        if (slots === undefined) index.set(known, [slot]);
        else slots.push(slot);
      }
    }
    return index.get(name) ?? noSlots;
  };
}

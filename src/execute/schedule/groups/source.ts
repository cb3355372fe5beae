import type { Call } from "../../port/call.ts";
import { Op } from "../../values/op.ts";

/**
 * Where a map's items come from: pulled one at a time, when there is room for the next. Pulling from an asynchronous
 * source, and closing any source early, are calls like any other of user code.
 */
export interface Source {
  exhausted: boolean;
  /** How many items there will be; 0 where nobody knows. */
  readonly size: number;
  /** Asks for the next item; undefined for a source that is at hand. */
  readonly pull: Op | undefined;
  /** Says that no more items are wanted; undefined where nobody needs to know. */
  readonly close: Op | undefined;
  /** Calls of these under way. */
  readonly calls: Set<Call>;
  readonly pulling: boolean;
  readonly busy: boolean;
  /** Takes the next item at hand; `nothing` where there is none. May throw what the source throws. */
  next(): unknown;
  /** An item that was asked for has come. */
  arrived(item: unknown): void;
}

/** No item is at hand. */
export const nothing: unique symbol = Symbol("nothing");

/** A source over what the user's `items` handed back; undefined for what cannot be iterated. */
export function sourceOf(items: unknown, op: Op): Source | undefined {
  if (items === null || items === undefined) return undefined;
  // A copy, so that a body that adds to the array it came from does not go on for ever.
  if (Array.isArray(items)) return new ArraySource([...items]);
  const { [Symbol.asyncIterator]: remote, [Symbol.iterator]: local } = items as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  if (typeof remote === "function") {
    const iterator = remote.call(items);
    return new RemoteSource(
      leaf(op, () => iterator.next()),
      closing(op, iterator),
    );
  }
  if (typeof local === "function") {
    const iterator = local.call(items);
    return new LocalSource(iterator, closing(op, iterator));
  }
  return undefined;
}

/** Knows its last item when it hands it out, so that a map that is done need not wait for a permit to find out. */
class ArraySource implements Source {
  readonly pull = undefined;
  readonly close = undefined;
  readonly calls = new Set<Call>();
  readonly pulling = false;
  readonly busy = false;
  readonly #items: readonly unknown[];
  #at = 0;
  declare readonly size: number;
  declare exhausted: boolean;

  constructor(items: readonly unknown[]) {
    this.#items = items;
    this.size = items.length;
    this.exhausted = this.size === 0;
  }

  next(): unknown {
    const item = this.#items[this.#at++];
    this.exhausted = this.#at >= this.size;
    return item;
  }

  arrived(): void {}
}

class LocalSource implements Source {
  exhausted = false;
  readonly size = 0;
  readonly pull = undefined;
  declare readonly close: Op | undefined;
  readonly calls = new Set<Call>();
  readonly pulling = false;
  readonly #iterator: Iterator<unknown>;

  constructor(iterator: Iterator<unknown>, close: Op | undefined) {
    this.#iterator = iterator;
    this.close = close;
  }

  get busy(): boolean {
    return this.calls.size > 0;
  }

  next(): unknown {
    const { done, value } = this.#iterator.next();
    if (done !== true) return value;
    this.exhausted = true;
    return nothing;
  }

  arrived(): void {}
}

class RemoteSource implements Source {
  exhausted = false;
  readonly size = 0;
  declare readonly pull: Op;
  declare readonly close: Op;
  readonly calls = new Set<Call>();
  /** The item that came and waits for room. */
  #ready: unknown = nothing;

  constructor(pull: Op, close: Op) {
    this.pull = pull;
    this.close = close;
  }

  get busy(): boolean {
    return this.calls.size > 0;
  }

  get pulling(): boolean {
    return this.busy;
  }

  next(): unknown {
    const item = this.#ready;
    this.#ready = nothing;
    return item;
  }

  arrived(item: unknown): void {
    this.#ready = item;
  }
}

function closing(op: Op, iterator: { return?: () => unknown }): Op {
  return leaf(op, () => iterator.return?.());
}

function leaf({ code, kind, id, segment, role }: Op, run: Op["run"]): Op {
  const made = new Op(code, kind, id, segment);
  made.run = run;
  made.role = role;
  made.quiet = made.inPlace = true;
  return made;
}

import type { Call } from "./call.ts";
import { Op } from "./op.ts";

/** Where a map's items come from: pulled one at a time, when there is room for the next. */
export interface Source {
  exhausted: boolean;
  /** A pull of an asynchronous source is under way. */
  pulling: boolean;
  /** Whether its items come later, each by a call of `op`, as any other user code is called. */
  readonly remote: boolean;
  readonly op: Op;
  call: Call | undefined;
  /** Items that came and wait for room: one at most. */
  readonly ready: { readonly item: unknown }[];
  /** The next item of a source that is at hand; undefined where there is none. May throw what the source throws. */
  pull(): { readonly item: unknown } | undefined;
  /** Tells the source that no more items are wanted. Never throws. */
  close(): void;
}

/** A source over what the user's `items` handed back; undefined for what cannot be iterated. */
export function sourceOf(items: unknown, op: Op): Source | undefined {
  if (items === null || items === undefined) return undefined;
  if (Array.isArray(items)) return arraySource([...items], op);
  const { [Symbol.asyncIterator]: remote, [Symbol.iterator]: local } = items as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  if (typeof remote === "function") return remoteSource(remote.call(items), op);
  if (typeof local === "function") return localSource(local.call(items), op);
  return undefined;
}

/** A copy, so that a body that adds to the array it came from does not go on for ever. */
function arraySource(items: readonly unknown[], op: Op): Source {
  let at = 0;
  return {
    exhausted: items.length === 0,
    pulling: false,
    remote: false,
    op,
    call: undefined,
    ready: [],
    pull() {
      const item = items[at++];
      this.exhausted = at >= items.length;
      return { item };
    },
    close() {},
  };
}

function localSource(iterator: Iterator<unknown>, op: Op): Source {
  return {
    exhausted: false,
    pulling: false,
    remote: false,
    op,
    call: undefined,
    ready: [],
    pull() {
      const { done, value } = iterator.next();
      if (done !== true) return { item: value };
      this.exhausted = true;
      return undefined;
    },
    close() {
      if (this.exhausted) return;
      this.exhausted = true;
      quietly(() => iterator.return?.());
    },
  };
}

function remoteSource(iterator: AsyncIterator<unknown>, op: Op): Source {
  const pull = new Op(op.code, op.kind, op.id, op.segment);
  pull.run = () => iterator.next();
  pull.role = op.role;
  pull.quiet = pull.inPlace = true;
  return {
    exhausted: false,
    pulling: false,
    remote: true,
    op: pull,
    call: undefined,
    ready: [],
    pull() {
      return this.ready.shift();
    },
    close() {
      if (this.exhausted) return;
      this.exhausted = true;
      quietly(() => iterator.return?.());
    },
  };
}

/** Closing is a courtesy to the source: what it throws or rejects with has no run left to fail. */
function quietly(close: () => unknown): void {
  try {
    Promise.resolve(close()).catch(() => {});
  } catch {
    // The same for a source that throws at once.
  }
}

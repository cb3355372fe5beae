import type { Merge } from "../plan/node.ts";

export type State = Readonly<Record<string, unknown>>;

/** The state as one line of execution sees it: a value, and the keys written since the last fork. */
export interface Branch {
  readonly values: State;
  readonly written: ReadonlySet<string> | undefined;
}

const frozen = new WeakSet<object>();

/**
 * Plain objects and arrays are copied and frozen all the way down, so that what a step was given never changes under it
 * and the user's own objects stay as they were; anything else (dates, maps, class instances) is kept by identity.
 */
export function frozenCopy(value: unknown): unknown {
  if (typeof value !== "object" || value === null || frozen.has(value)) return value;
  return copyTree(value, new Map());
}

function copyTree(value: object, copies: Map<object, object>): object {
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (!isPlain(value)) return value;
  const copy = (Array.isArray(value) ? [] : {}) as Record<string, unknown>;
  copies.set(value, copy);
  for (const key of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[key];
    const copied = typeof child === "object" && child !== null && !frozen.has(child) ? copyTree(child, copies) : child;
    // Not by assignment: a key called `__proto__` is data here.
    Object.defineProperty(copy, key, { value: copied, enumerable: true, configurable: true, writable: true });
  }
  frozen.add(copy);
  return Object.freeze(copy);
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What one attempt wrote, replacing keys. */
export function patched(branch: Branch, patch: State): Branch {
  const written = new Set(branch.written);
  for (const key of Object.keys(patch)) written.add(key);
  return { values: Object.freeze({ ...branch.values, ...patch }), written };
}

export type Joined = { readonly branch: Branch; readonly conflict?: undefined } | { readonly conflict: string };

/**
 * The state after a group: for each key that an arm wrote, its value, or what the declared merge makes of it, starting
 * from the value at the fork and going through the arms in declared order. Two writers and no merge is a conflict.
 */
export function join(base: Branch, arms: readonly Branch[], merges: ReadonlyMap<string, Merge>): Joined {
  const changed: Record<string, unknown> = {};
  for (const { values, written } of arms) {
    for (const key of written ?? []) {
      const merge = merges.get(key);
      if (merge !== undefined) changed[key] = frozenCopy(merge(Object.hasOwn(changed, key) ? changed[key] : base.values[key], values[key], base.values[key]));
      else if (Object.hasOwn(changed, key)) return { conflict: key };
      else changed[key] = values[key];
    }
  }
  return { branch: Object.keys(changed).length === 0 ? base : patched(base, changed) };
}

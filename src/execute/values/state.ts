import { frozenCopy } from "../../plan/frozen.ts";
import type { Merge } from "../../plan/node.ts";

export type State = Readonly<Record<string, unknown>>;

/** The state as one line of execution sees it: a value, and the keys written since the last fork. */
export interface Branch {
  readonly values: State;
  readonly written: ReadonlySet<string> | undefined;
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
  const changed = new Map<string, unknown>();
  for (const { values, written } of arms) {
    for (const key of written ?? []) {
      const merge = merges.get(key);
      if (merge !== undefined)
        changed.set(key, merge(changed.has(key) ? changed.get(key) : base.values[key], values[key], base.values[key]));
      else if (changed.has(key)) return { conflict: key };
      else changed.set(key, values[key]);
    }
  }
  // Once, and not for each arm: a list that grows by one an arm would be copied as often as it is long.
  for (const key of merges.keys()) if (changed.has(key)) changed.set(key, frozenCopy(changed.get(key)));
  return { branch: changed.size === 0 ? base : patched(base, Object.fromEntries(changed)) };
}

/** Two lists of names put side by side. */
export interface Alignment {
  /** Of each old one: the index of the new one of the same name; -1 where it is gone. */
  readonly to: readonly number[];
  /** Old ones that are still in order among themselves; the others have moved. */
  readonly kept: ReadonlySet<number>;
  /** Of each new one: the index of the first kept old one at or after it; the number of old ones where none is. */
  readonly before: readonly number[];
}

/** Aligns by name, where no name is there twice, so that as few as can be have moved. */
export function align(old: readonly string[], now: readonly string[]): Alignment {
  const places = new Map(now.map((name, index) => [name, index]));
  const to = old.map((name) => places.get(name) ?? -1);
  const kept = longestIncreasing(to);
  const from = new Map([...kept].map((index) => [to[index], index]));
  const before: number[] = new Array(now.length);
  let next = old.length;
  for (let index = now.length - 1; index >= 0; index--) before[index] = next = from.get(index) ?? next;
  return { to, kept, before };
}

/** The indices of a longest increasing run of those that are not negative, in n log n (Fredman, "On computing the length of longest increasing subsequences", 1975). */
function longestIncreasing(values: readonly number[]): ReadonlySet<number> {
  const tails: number[] = [];
  const previous: number[] = new Array(values.length).fill(-1);
  for (const [index, value] of values.entries()) {
    if (value < 0) continue;
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[tails[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    previous[index] = low === 0 ? -1 : (tails[low - 1] as number);
    tails[low] = index;
  }
  const run = new Set<number>();
  for (let at = tails.at(-1) ?? -1; at !== -1; at = previous[at] as number) run.add(at);
  return run;
}

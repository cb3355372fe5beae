import { Chance } from "./chance.ts";

/** How one life of a run ends: after so many ms, or at a journal write, before it is stored or just after. */
export type Death = { readonly afterMs: number } | { readonly atWrite: number; readonly when: "before" | "after" };

/** Deaths of one run, from a seed: half of them at a journal write, the others at any moment. */
export function deathsOf(seed: number, count: number): readonly Death[] {
  const chance = new Chance(seed ^ 0x5eed);
  return Array.from({ length: count }, () => {
    if (chance.once(2)) return { afterMs: chance.between(0, 80) };
    return { atWrite: chance.between(1, chance.of([3, 10, 40])), when: chance.of(["before", "after"] as const) };
  });
}

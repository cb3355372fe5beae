import type { Death } from "./lives.ts";

/** Numbers in [0, 1), the same for the same seed (https://en.wikipedia.org/wiki/Linear_congruential_generator, Numerical Recipes). */
function* chances(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Deaths of one run, from a seed: half of them at a journal write, the others at any moment. */
export function deathsOf(seed: number, count: number): readonly Death[] {
  const chance = chances(seed);
  const next = () => chance.next().value;
  return Array.from({ length: count }, () => {
    if (next() < 0.5) return { afterMs: Math.floor(next() * 60) };
    return { atWrite: 1 + Math.floor(next() * 30), when: next() < 0.5 ? "before" : "after" };
  });
}

import fc from "fast-check";
import { runs } from "./arbitrary.ts";
import { mismatch as inMemory } from "./compare.ts";
import type { RunSpec } from "./description.ts";

/** How a mismatch is seen again: the variable that says how many plans, and the test. */
export interface Lane {
  readonly runs: string;
  readonly test: string;
}
const memory: Lane = { runs: "HEDDLE_FUZZ_RUNS", test: "test/reference/fuzz" };

type Mismatch = (run: RunSpec) => Promise<string | undefined>;

/** Plays so many random plans from a seed on: undefined where all agree with the reference, else what to read, and how to see it again. */
export async function check(numRuns: number, seed: number, mismatch: Mismatch = inMemory, lane = memory): Promise<string | undefined> {
  const details = await fc.check(
    fc.asyncProperty(runs, async (run) => {
      const found = await mismatch(run);
      if (found !== undefined) throw new Error(found);
    }),
    // Where it only counts whether they agree (the mutants' lane), the smallest plan on which they do not is not looked for.
    { numRuns, seed, endOnFailure: process.env["HEDDLE_FUZZ_SHRINK"] === "no" },
  );
  const [counterexample] = details.counterexample ?? [];
  if (counterexample === undefined) return undefined;
  return `The executor and the reference disagree (plan ${details.numRuns} of seed ${seed}, path "${details.counterexamplePath}", ${details.numShrinks} times shrunk):

${(await mismatch(counterexample)) ?? details.errorInstance}

Again: ${lane.runs}=${numRuns} HEDDLE_FUZZ_SEED=${seed} npx vitest run --config test/vitest.config.ts ${lane.test}`;
}

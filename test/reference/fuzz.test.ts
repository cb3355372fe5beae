import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "./arbitrary.ts";
import { mismatch } from "./compare.ts";

/*
 * HEDDLE_FUZZ_RUNS plans (10,000 unless told) from HEDDLE_FUZZ_SEED on. For the long lane, start several processes with
 * seeds of their own: a million plans are ten of `HEDDLE_FUZZ_RUNS=100000 HEDDLE_FUZZ_SEED=<n>`.
 */
const numRuns = Number(process.env["HEDDLE_FUZZ_RUNS"] ?? 10_000);
const seed = Number(process.env["HEDDLE_FUZZ_SEED"] ?? 20_260_701);

test(`${numRuns} random plans run as the reference says`, { timeout: 60_000 + numRuns * 5 }, async () => {
  const started = performance.now();
  const details = await fc.check(
    fc.asyncProperty(runs, async (run) => {
      const found = await mismatch(run);
      if (found !== undefined) throw new Error(found);
    }),
    { numRuns, seed },
  );
  const perSecond = Math.round((details.numRuns / (performance.now() - started)) * 1_000);
  console.log(`${details.numRuns} plans, ${perSecond} a second, seed ${seed}`);
  const [counterexample] = details.counterexample ?? [];
  if (counterexample === undefined) return;
  expect.fail(
    `The executor and the reference disagree (plan ${details.numRuns} of seed ${seed}, path "${details.counterexamplePath}", ${details.numShrinks} times shrunk):\n\n${await mismatch(counterexample)}`,
  );
});

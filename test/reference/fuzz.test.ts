import { expect, test } from "vitest";
import { check } from "./check.ts";

/* HEDDLE_FUZZ_RUNS plans (10,000 unless told) from HEDDLE_FUZZ_SEED on. Longer lanes are fuzz.ts, over several processes. */
const numRuns = Number(process.env["HEDDLE_FUZZ_RUNS"] ?? 10_000);
const seed = Number(process.env["HEDDLE_FUZZ_SEED"] ?? 20_260_701);

test(`${numRuns} random plans run as the reference says`, { timeout: 60_000 + numRuns * 20 }, async () => {
  const found = await check(numRuns, seed);
  if (found !== undefined) expect.fail(found);
});

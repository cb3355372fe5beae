import { expect, test } from "vitest";
import { check } from "../reference/check.ts";
import { counted } from "./counted.ts";
import { journalMismatch } from "./fuzz.ts";

/* HEDDLE_BOUNDARY_RUNS plans (300 unless told) from HEDDLE_FUZZ_SEED on. */
const numRuns = Number(process.env["HEDDLE_BOUNDARY_RUNS"] ?? 300);
const seed = Number(process.env["HEDDLE_FUZZ_SEED"] ?? 20_261_123);

test(`${numRuns} random plans on a journal, with a boundary of processes after every step, run as the reference says`, {
  timeout: 60_000 + numRuns * 50,
}, async () => {
  const found = await check(numRuns, seed, journalMismatch);
  if (found !== undefined) expect.fail(found);
  expect(counted.boundaries).toBeGreaterThan(numRuns);
});

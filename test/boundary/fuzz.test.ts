import { expect, test } from "vitest";
import { check } from "../reference/check.ts";
import { counted } from "./counted.ts";
import { journalMismatch, onJournal } from "./fuzz.ts";
import { deathsMismatch, total, withDeaths } from "./fuzz-deaths.ts";

/* HEDDLE_BOUNDARY_RUNS plans (300 unless told) from HEDDLE_FUZZ_SEED on. */
const numRuns = Number(process.env["HEDDLE_BOUNDARY_RUNS"] ?? 300);
const seed = Number(process.env["HEDDLE_FUZZ_SEED"] ?? 20_261_123);

test(`${numRuns} random plans on a journal, with a boundary of processes after every step, run as the reference says`, {
  timeout: 60_000 + numRuns * 50,
}, async () => {
  counted.boundaries = 0;
  const found = await check(numRuns, seed, journalMismatch, onJournal);
  if (found !== undefined) expect.fail(found);
  expect(counted.boundaries).toBeGreaterThan(numRuns);
});

test(`${numRuns} random plans whose processes die at random moments lose nothing and repeat nothing that was recorded`, {
  timeout: 60_000 + numRuns * 50,
}, async () => {
  const found = await check(numRuns, seed, deathsMismatch, withDeaths);
  if (found !== undefined) expect.fail(found);
  expect(total.deaths).toBeGreaterThan(numRuns);
});

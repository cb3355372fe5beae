// One process of fuzz.ts: plays the parts that it is sent, one after the other, and tells what each came to.
import { journalMismatch } from "../boundary/fuzz.ts";
import { check } from "./check.ts";
import type { Part, Played } from "./fuzz.ts";

process.on("message", async ({ seed, plans, journal }: Part) => {
  const found = await (journal ? check(plans, seed, journalMismatch) : check(plans, seed));
  const played: Played = { seed, plans, journal, found };
  process.send?.(played);
});

// One process of fuzz.ts: plays the parts that it is sent, one after the other, and tells what each came to.
import { journalMismatch, onJournal } from "../boundary/fuzz.ts";
import { deathsMismatch, withDeaths } from "../boundary/fuzz-deaths.ts";
import { check } from "./check.ts";
import type { Part, Played } from "./fuzz.ts";

process.on("message", async ({ seed, plans, lane }: Part) => {
  const found =
    lane === "memory"
      ? await check(plans, seed)
      : await (lane === "journal" ? check(plans, seed, journalMismatch, onJournal) : check(plans, seed, deathsMismatch, withDeaths));
  const played: Played = { seed, plans, lane, found };
  process.send?.(played);
});

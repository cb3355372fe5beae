// One process of fuzz.ts: plays the parts that it is sent, one after the other, and tells what each came to.
import { check } from "./check.ts";
import type { Part, Played } from "./fuzz.ts";

process.on("message", async ({ seed, plans }: Part) => {
  const played: Played = { seed, plans, found: await check(plans, seed) };
  process.send?.(played);
});

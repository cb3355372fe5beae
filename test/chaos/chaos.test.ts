import { expect, test } from "vitest";
import { deathsOf } from "./deaths.ts";
import { live } from "./lives.ts";

// `npm run test:chaos` takes a thousand and more; these are always the same ones.
test("a run that is killed again and again comes to what it would have, and repeats nothing that was recorded", {
  timeout: 120_000,
}, async () => {
  const { output: whole } = await live([]);
  expect(whole).toMatchObject({ output: { last: 42, mapped: [2, 4, 6, 8, 10], total: 111, sub: 41, first: [["a", 1]] } });
  const lives = [1, 2, 3, 4].map((seed) => deathsOf(seed, 5));
  for (const pair of [lives.slice(0, 2), lives.slice(2)])
    for (const report of await Promise.all(pair.map(live))) {
      expect(report.kills).toBeGreaterThan(0);
      expect(report.output).toEqual(whole);
      expect(report.repeated).toEqual([]);
    }
});

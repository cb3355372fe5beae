import { expect, test } from "vitest";
import { Arena } from "./lives.ts";

const every = ["parallel", "settle", "race", "loop", "map", "sub", "wait", "agent", "team"];

// `npm run test:chaos` takes a thousand and more; these are always the same plans and, as far as the machine allows, deaths.
test("DU03 60 kills of runs of every kind: each comes to what it would have, and repeats nothing that was recorded", {
  timeout: 240_000,
}, async () => {
  await using arena = await Arena.open();
  const kinds = new Set<string>();
  let [kills, seed] = [0, 1];
  const next = async (): Promise<void> => {
    // On a busy machine a few plans take all these kills: it goes on until each kind has been in one that was killed.
    while (kills < 60 || (seed <= 60 && every.some((kind) => !kinds.has(kind)))) {
      const report = await arena.kill(seed++, 8);
      expect(report.wrong, report.history.join("\n")).toEqual([]);
      for (const kind of report.kinds) kinds.add(kind);
      kills += report.kills;
    }
  };
  await Promise.all([next(), next()]);
  expect([...kinds]).toEqual(expect.arrayContaining(every));
});

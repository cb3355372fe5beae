import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** How the table begins the row of each fixture that it tells of. */
const rows = {
  "25 steps, each reading `steps`": "chain25",
  "50": "chain50",
  "100": "chain100",
  "200": "chain200",
  "400": "chain400",
  "5 parallels of 20 arms": "wide5",
  "flows nested 8 deep": "nested8",
  "all methods mixed, 130 steps with 220 names": "mixed10",
  "100 steps and a misspelt step": "typo100",
  "100 steps and a name twice": "twice100",
  "100 steps and an input that does not fit": "misfit100",
  "100 steps and all three": "wrong100",
};

test("docs/type-cost.md says what is on record", () => {
  const recorded = Object.values(JSON.parse(read("test/typeperf/cost.json")) as Record<string, Record<string, number>>);
  const [, after = ""] = read("docs/type-cost.md").split("| | TypeScript 6 | TypeScript 7 | ceiling |");
  const [table = ""] = after.split("\n\n");
  const cells = [...table.matchAll(/^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \|/gm)];
  const told = cells.map(([, title, ...numbers]) => [title, numbers.map((number) => Number(number.replaceAll(",", "")))]);
  const step = recorded.map(({ chain100 = 0, chain400 = 0 }) => Math.round((chain400 - chain100) / 300));
  expect(Object.fromEntries(told)).toEqual({
    ...Object.fromEntries(Object.entries(rows).map(([title, name]) => [title, recorded.map((numbers) => numbers[name])])),
    "one step more, between 100 and 400": step,
  });
});

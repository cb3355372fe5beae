// npm run test:chaos -- [--kills N] [--seed S] [--deaths D] [--side-by-side W]: grows a plan from each seed, kills its run until
// N processes have died, and judges each by its ledger. A seed that fails fails again: --seed S --kills 1.
// npm run test:chaos -- --bytes: cuts the log of a small journal at each of its bytes, and flips a bit of each byte of its files.
import { parseArgs } from "node:util";
import { everyByte } from "./every-byte.ts";
import { Arena } from "./lives.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    deaths: { type: "string", default: "8" },
    "side-by-side": { type: "string", default: "2" },
    bytes: { type: "boolean", default: false },
  },
});
if (values.bytes) process.exit((await everyByte()) ? 0 : 1);
const wanted = Number(values.kills);
const first = Number(values.seed);
let [kills, runs, wrong, again] = [0, 0, 0, 0];
const kinds = new Map<string, number>();
await using arena = await Arena.open();

/** One run after the other; some of these side by side. */
async function worker(): Promise<void> {
  while (kills < wanted && wrong === 0) {
    const seed = first + runs++;
    const report = await arena.kill(seed, Number(values.deaths));
    kills += report.kills;
    again += report.again;
    for (const kind of report.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (report.wrong.length === 0) continue;
    wrong++;
    console.error(
      `Seed ${seed}, after ${report.kills} kills:\n  ${report.wrong.join("\n  ")}\nWhat it did:\n  ${report.history.join("\n  ")}`,
    );
  }
}

const begun = performance.now();
await Promise.all(Array.from({ length: Number(values["side-by-side"]) }, worker));
const seconds = Math.round((performance.now() - begun) / 1_000);
console.log(
  `${kills} kills in ${runs} runs from seed ${first}: ${wrong === 0 ? "nothing lost, nothing recorded repeated" : "wrong"}; ${again} made again; ${seconds} s`,
);
console.log(
  `Runs by what is in them: ${[...kinds]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([kind, times]) => `${kind} ${times}`)
    .join(", ")}`,
);
process.exitCode = wrong === 0 ? 0 : 1;

// npm run test:chaos -- [--kills N] [--seed S]: kills runs until N processes have died, and judges each by its ledger.
import { isDeepStrictEqual, parseArgs } from "node:util";
import { deathsOf } from "./deaths.ts";
import { live } from "./lives.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "1000" }, seed: { type: "string", default: String(Date.now() % 1_000_000) } },
});
const wanted = Number(values.kills);
const first = Number(values.seed);
const { output: whole } = await live([]);
let [kills, runs, wrong, again] = [0, 0, 0, 0];

/** One run after the other; two of these side by side. */
async function worker(): Promise<void> {
  while (kills < wanted && wrong === 0) {
    const seed = first + runs++;
    const report = await live(deathsOf(seed, 8));
    kills += report.kills;
    again += report.again;
    if (report.repeated.length === 0 && isDeepStrictEqual(report.output, whole)) continue;
    wrong++;
    console.error(`Seed ${seed}: expected ${JSON.stringify(whole)} and nothing repeated, got ${JSON.stringify(report)}`);
  }
}

await Promise.all([worker(), worker()]);
console.log(
  `${kills} kills in ${runs} runs from seed ${first}: ${wrong === 0 ? "nothing lost, nothing recorded repeated" : "wrong"}; ${again} attempts made twice`,
);
process.exitCode = wrong === 0 ? 0 : 1;

import { globSync, readFileSync } from "node:fs";
import type { PartialStrykerOptions } from "@stryker-mutator/api/core";
import everyMutant from "./stryker.config.ts";

/** Of every so many lines, in the order of the files, so many are taken: one mutant in ten, from all over. */
const every = 120;
const taken = 12;

/** Lines as the mutation testing takes them: `src/plan/cut.ts:3-9`. HEDDLE_MUTATION_FROM, below 120, gives another sample. */
function sampled(patterns: readonly string[], from = Number(process.env["HEDDLE_MUTATION_FROM"] ?? 0)): string[] {
  const ranges: string[] = [];
  let before = 0;
  for (const file of patterns.flatMap((pattern) => globSync(pattern)).sort()) {
    const lines = readFileSync(file, "utf8").split("\n").length;
    // The first window that reaches into this file, and those that follow it.
    for (let start = Math.floor((before - from) / every) * every + from - before; start < lines; start += every) {
      const [first, last] = [Math.max(1, start + 1), Math.min(lines, start + taken)];
      if (last > first) ranges.push(`${file}:${first}-${last}`);
    }
    before += lines;
  }
  return ranges;
}

/** What a submission must pass: a sample of the mutants, the same for the same sources, in a few minutes. */
export default {
  ...everyMutant,
  mutate: sampled(everyMutant.mutate),
  incremental: false,
  tempDirName: "coverage/.sampled-mutants",
  reporters: ["clear-text", "json"],
  jsonReporter: { fileName: "coverage/mutation/sample.json" },
} satisfies PartialStrykerOptions;

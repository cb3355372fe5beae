import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import everyTest from "../vitest.config.ts";
import { files, InOrder } from "./in-order.ts";

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: everyTest.resolve ?? {},
  test: {
    include: [...files],
    setupFiles: [fileURLToPath(new URL("fast-only.ts", import.meta.url))],
    env: { HEDDLE_FUZZ_RUNS: "300" },
    // No test leaves anything behind in a module: one thread for all files saves loading the sources for each.
    pool: "threads",
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: InOrder },
  },
});

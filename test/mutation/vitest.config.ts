import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import type { PoolOptions } from "vitest/node";
import everyTest from "../vitest.config.ts";
import { files, InOrder } from "./in-order.ts";
import { KeptThread } from "./kept-thread.ts";

let thread: KeptThread | undefined;

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: everyTest.resolve ?? {},
  plugins: [
    {
      name: "heddle:kept-thread",
      // By a hook, since the mutation testing's own choice of a pool goes before what a configuration says.
      configureVitest: ({ project, vitest }) => {
        vitest.onClose(() => thread?.end());
        const createPoolWorker = (options: PoolOptions) => (thread ??= new KeptThread(options));
        Object.assign(project.config, { pool: "kept", poolRunner: { name: "kept", createPoolWorker } });
      },
    },
  ],
  test: {
    include: [...files],
    setupFiles: [fileURLToPath(new URL("fast-only.ts", import.meta.url))],
    env: { HEDDLE_FUZZ_RUNS: "200", HEDDLE_FUZZ_SHRINK: "no" },
    // No test leaves anything behind in a module: one thread for all files saves loading the sources for each.
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: InOrder },
  },
});

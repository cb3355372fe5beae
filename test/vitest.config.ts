import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));
const strict = "--unhandled-rejections=strict";

export default defineConfig({
  root,
  resolve: {
    // Tests and examples speak to the sources under the names that users import.
    alias: {
      "heddle/ai-sdk": `${root}src/ai-sdk/index.ts`,
      "heddle/server": `${root}src/server/index.ts`,
      "heddle/sqlite": `${root}src/journal/sqlite.ts`,
      "heddle/testing": `${root}src/testing/index.ts`,
      heddle: `${root}src/index.ts`,
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    // A rejection that nobody handles is an error wherever it happens: in these processes, and in those that tests start.
    pool: "forks",
    // Many tests wait for processes and timers: one worker would leave a machine of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    execArgv: [strict],
    env: { NODE_OPTIONS: strict },
    reporters: ["default", `${root}test/support/closing-line.ts`],
  },
});

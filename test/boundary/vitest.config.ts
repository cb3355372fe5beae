import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import suite from "../vitest.config.ts";

/** The functional tests as they are, each run of theirs on a journal, with a boundary of processes after every step. */
export default defineConfig({
  ...suite,
  test: {
    ...suite.test,
    include: ["battery", "execute", "agent", "team", "examples", "ai-sdk", "builder", "plan", "testing", "model"].map(
      (folder) => `test/${folder}/*.test.ts`,
    ),
    reporters: [
      "default",
      fileURLToPath(new URL("counts.ts", import.meta.url)),
      fileURLToPath(new URL("../support/closing-line.ts", import.meta.url)),
    ],
    setupFiles: [fileURLToPath(new URL("setup.ts", import.meta.url))],
  },
});

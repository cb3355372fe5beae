import type { PartialStrykerOptions } from "@stryker-mutator/api/core";

/** Where the reports go, and what later runs may keep of earlier ones. */
const reports = "coverage/mutation";

export default {
  mutate: ["src/plan/**/*.ts", "src/execute/**/*.ts"],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  coverageAnalysis: "perTest",
  ignoreStatic: true,
  incremental: true,
  incrementalFile: `${reports}/incremental.json`,
  // A mutant that never ends is killed by its process being ended, which takes time in which nothing else is tried.
  timeoutMS: 3_000,
  timeoutFactor: 1.5,
  concurrency: 2,
  ignorePatterns: ["**", "!src/**", "!test/**", "!package.json", "!tsconfig.json"],
  tempDirName: "coverage/.mutants",
  reporters: ["clear-text", "html", "json", "progress-append-only"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: `${reports}/index.html` },
  jsonReporter: { fileName: `${reports}/mutation.json` },
  thresholds: { high: 95, low: 90, break: 85 },
} satisfies PartialStrykerOptions;

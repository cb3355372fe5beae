// What a small workflow weighs in a bundle. `workflow` brings all that `.build()` and `.run()` need, and nothing of agents.

/** @type {import("size-limit").SizeLimitConfig} */
export default [
  {
    name: "a hello workflow, with neverthrow and ts-pattern",
    path: "../../dist/index.js",
    import: "{ workflow }",
    gzip: true,
    // The goal is 15 kB; docs/design.md says what weighs how much. To be lowered with every gain, never raised in passing.
    // 28.4 before mocks of steps by id (0.5), the faster executor (0.6), waits for answers (1.4), approvals, early answers
    // and faster joins (1.0), the door to durable runs (0.5), whose own code is loaded with the first of them and not
    // counted, and what budgets need here (0.5): their options, costs in usage and the hooks.
    limit: "33.4 kB",
    modifyEsbuildConfig: (config) => ({
      ...config,
      platform: "neutral",
      mainFields: ["module", "main"],
      format: "esm",
      external: ["./answers/*", "./durable/*"],
    }),
  },
];

import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * What the mutants are tried on: fast, the same each time, and without processes of its own. Whatever
 * notices most comes first, since the first test that fails ends the matter.
 */
export const files: readonly string[] = [
  ...["show", "names", "options", "frozen", "describe", "diff"].map((name) => `test/plan/${name}.test.ts`),
  "test/reference/found.test.ts",
  ...["pv", "sq", "sw", "st"].map((group) => `test/battery/${group}.test.ts`),
  "test/reference/fuzz.test.ts",
  ...["ca", "pa", "lp", "rt", "to", "uc"].map((group) => `test/battery/${group}.test.ts`),
  "test/builder/forks.test.ts",
  ...[
    "settings",
    "system-clock",
    "finished",
    "sleep",
    "answers",
    "told",
    "long-steps",
    "elsewhere",
    "agents",
    "retry",
    "suspending",
    "failures",
    "aborted",
    "trace",
    "queue",
    "budget",
    "budget-exceeded",
    "undo",
    "usage",
    "waits",
    "waits-attacked",
    "undo-edges",
    "schedule",
    "arms-in-a-row",
    "returned-errors",
  ].map((name) => `test/execute/${name}.test.ts`),
  ...["ev", "mp"].map((group) => `test/battery/${group}.test.ts`),
  "test/testing/mock.test.ts",
  ...["resume", "waits", "live", "items", "cancel", "options-changed", "changes", "changed-groups", "changed-in-progress"].map(
    (name) => `test/durable/${name}.test.ts`,
  ),
  ...["as-tool", "as-tool-failures", "turns", "budget", "budget-shared", "cost"].map((name) => `test/agent/${name}.test.ts`),
  ...["tasks", "route"].map((name) => `test/team/${name}.test.ts`),
];

/** Test files in that order, where vitest would begin with the slowest. */
export class InOrder extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => files.findIndex((file) => moduleId.endsWith(file));
    return [...specifications].sort((a, b) => place(a) - place(b));
  }
}

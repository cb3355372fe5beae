import type { Reporter, TestModule } from "vitest/node";

/** What the runs of a test went through, as `setup.ts` leaves it with the test. */
export interface Counts {
  readonly runs: number;
  readonly boundaries: number;
  readonly readAgain: number;
}

/** Ends the output with how many tests went through a boundary, and how many were left out. */
export default class BoundaryLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let tests = 0;
    let through = 0;
    let boundaries = 0;
    let readAgain = 0;
    for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
      const { boundary } = test.meta() as { readonly boundary?: Counts };
      if (boundary === undefined || boundary.runs === 0) continue;
      tests++;
      boundaries += boundary.boundaries;
      if (boundary.boundaries > 0) through++;
      readAgain += boundary.readAgain;
    }
    process.once("exit", () =>
      process.stdout.write(
        `${boundaries} boundaries: ${through} of ${tests} tests with runs went through one or more; ${readAgain} runs that had ended were read again, and had ended so\n`,
      ),
    );
  }
}

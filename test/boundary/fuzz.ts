import { ResultAsync } from "neverthrow";
import type { RunSettings } from "../../src/execute/run/settings.ts";
import { readSettings } from "../../src/execute/run/settings.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { executableOf, type PlanExecutable } from "../../src/plan/executable.ts";
import type { Lane } from "../reference/check.ts";
import { mismatchOnJournal } from "../reference/compare.ts";
import type { RunSpec } from "../reference/description.ts";
import { type Ended, type Plan, play } from "../reference/real.ts";
import type { VirtualClock } from "../reference/units.ts";
import { counted } from "./counted.ts";
import { Lives } from "./lives.ts";

export const onJournal: Lane = { runs: "HEDDLE_BOUNDARY_RUNS", test: "test/boundary/fuzz -t boundary" };

/** Plays a plan on a journal with boundaries, and compares with the reference: undefined where they agree. */
export async function journalMismatch(run: RunSpec): Promise<string | undefined> {
  return mismatchOnJournal(run, play(run, begin));
}

function begin(plan: Plan, input: unknown, options: object, clock: VirtualClock): ReturnType<Plan["run"]> {
  clock.quiet = still;
  counted.turn = microtasks;
  const { definition } = executableOf(plan) as PlanExecutable;
  const settings: RunSettings = readSettings(options, definition);
  const store = memoryJournal();
  const lives = new Lives(definition, { input, state: undefined }, settings, false, () => memoryJournal(store));
  return new ResultAsync(lives.outcome) as unknown as PromiseLike<Awaited<ReturnType<Plan["run"]>>> & { readonly ended?: Ended };
}

/** Enough turns of the microtask queue for all that follows in memory: an instant of the clock is one turn of the event loop. */
export async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}

/** Until nothing is on its way into the journal, nor between two lives. */
export async function still(): Promise<void> {
  // The end of a run takes a few turns more than the end of a step, and what is not busy for a turn may be again in the next.
  for (let calm = 0; calm < 5; calm = counted.busy > 0 ? 0 : calm + 1) await microtasks();
}

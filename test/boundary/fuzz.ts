import { ResultAsync } from "neverthrow";
import type { RunSettings } from "../../src/execute/settings.ts";
import { readSettings } from "../../src/execute/settings.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { executableOf, type PlanExecutable } from "../../src/plan/executable.ts";
import { looseMismatch, uncompared } from "../reference/compare.ts";
import type { RunSpec } from "../reference/description.ts";
import { type Ended, type Plan, play } from "../reference/real.ts";
import type { VirtualClock } from "../reference/units.ts";
import { counted } from "./counted.ts";
import { Lives } from "./lives.ts";

/** Plays a plan on a journal with boundaries, and compares with the reference: undefined where they agree. */
export async function journalMismatch(described: RunSpec): Promise<string | undefined> {
  const run = inTime(described) as RunSpec;
  // What it reads at once takes a turn on a journal, in which a sibling may come first: another run, as good.
  if (JSON.stringify(run).includes('"routeBy"')) {
    uncompared.plans++;
    return undefined;
  }
  return looseMismatch(run, play(run, onJournal));
}

function onJournal(plan: Plan, input: unknown, options: object, clock: VirtualClock): ReturnType<Plan["run"]> {
  clock.quiet = still;
  counted.turn = microtasks;
  const { definition } = executableOf(plan) as PlanExecutable;
  const settings: RunSettings = readSettings(options, definition);
  const store = memoryJournal();
  const lives = new Lives(definition, { input, state: undefined }, settings, false, () => memoryJournal(store));
  return new ResultAsync(lives.outcome) as unknown as PromiseLike<Awaited<ReturnType<Plan["run"]>>> & { readonly ended?: Ended };
}

/** Enough turns of the microtask queue for all that follows in memory: an instant of the clock is one turn of the event loop. */
async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}

/** Until nothing is on its way into the journal, nor between two lives. */
async function still(): Promise<void> {
  do await microtasks();
  while (counted.busy > 0);
  // The end of a run takes a few more than the end of a step.
  for (let more = 0; more < 4; more++) await microtasks();
}

/**
 * What ends at once, by itself or with an abort, ends a unit of time later: on a journal nothing ends in the call that began it.
 * No step cancels the run in that call either: a cancel takes a write, in which siblings go on. The caller cancels at its time.
 */
function inTime(described: unknown): unknown {
  if (Array.isArray(described)) return described.map(inTime);
  if (typeof described !== "object" || described === null) return described;
  return Object.fromEntries(
    Object.entries(described)
      .filter(([key]) => key !== "cancels")
      .map(([key, value]) => [key, key === "after" && value === "at once" ? 1 : inTime(value)]),
  );
}

import { ResultAsync } from "neverthrow";
import { Chance } from "../chaos/chance.ts";
import type { Lane } from "../reference/check.ts";
import { compared } from "../reference/compare.ts";
import type { Outcome, RunSpec } from "../reference/description.ts";
import { Interpreter } from "../reference/interpreter.ts";
import { print } from "../reference/print.ts";
import { type Plan, play } from "../reference/real.ts";
import { report } from "../reference/report.ts";
import { VirtualClock } from "../reference/units.ts";
import { Deaths } from "./deaths.ts";
import { still } from "./fuzz.ts";
import { Ledger } from "./ledger.ts";
import { notUndone } from "./undoable.ts";

export const withDeaths: Lane = { runs: "HEDDLE_BOUNDARY_RUNS", test: "test/boundary/fuzz -t die" };

/** Of all plans so far: how often processes have died, and how many came to what they should in another order. */
export const total = { deaths: 0, loose: 0 };

/**
 * Plays a plan on a journal while its processes die at random moments, the same ones each time. What has to hold of any plan:
 * no recorded step runs again, one that was under way at a death does so once more, as a later attempt under the same key; the
 * run comes to its end; and a process that only reads the records finds what it came to. Where no death comes near an abort or
 * a time limit, it has to come to what the reference says, at the times at which it would have.
 */
export async function deathsMismatch(described: RunSpec): Promise<string | undefined> {
  const chance = new Chance(hash(JSON.stringify(described)));
  const tame = chance.once(2);
  const run = tame ? spread(described) : described;
  const reference = new Interpreter(run, "in one process");
  const expected = reference.play();
  const limits = limitsIn(run);
  const clock = new VirtualClock();
  const ledger = new Ledger(clock);
  let deaths: Deaths | undefined;
  const real = await play(
    run,
    (_plan, input, options, _clock, make) => {
      deaths = new Deaths(make, input, options, clock, ledger, chance);
      if (tame) {
        deaths.mayDie = () =>
          clock.units < reference.aborted &&
          !ledger.underWay.some(({ name, reply }) => isOverdue(reply.after, limits.get(name.slice(0, name.lastIndexOf("!")))));
      }
      clock.quiet = async () => {
        await still();
        deaths?.pass();
        await still();
      };
      return new ResultAsync(deaths.outcome) as unknown as ReturnType<Plan["run"]>;
    },
    clock,
    ledger.world,
  );
  const wrong = [...ledger.wrong, ...real.faults];
  if (real.outcome.stuck === true && !JSON.stringify(run).includes('"never"')) wrong.push("the run does not end");
  if (real.outcome.stuck === undefined) wrong.push(...(await unlikeItsRecords(deaths as Deaths)));
  wrong.push(...notUndone(run, real.outcome).map((path) => `there is no ${path}`));
  total.deaths += ledger.deaths;
  if (wrong.length > 0) return `${print(run)}\n\n${ledger.deaths} deaths\n${wrong.join("\n")}`;
  const found = tame ? compared(run, told(expected, reference.world.log), told(real.outcome, real.log)) : undefined;
  if (found === undefined || reference.ties === 0) return found;
  // What is due together comes in another order in another process, where timers are set before steps are begun again.
  total.loose++;
  const kinds = [expected, real.outcome].map(({ failure }) => (failure === undefined ? "completed" : "failed"));
  return kinds[0] === kinds[1] ? undefined : found;
}

/** What a process that only reads the records finds to be otherwise than the one that came to the end. */
async function unlikeItsRecords(deaths: Deaths): Promise<readonly string[]> {
  const [live, read] = [await deaths.outcome, await deaths.again()].map((outcome) => {
    const { steps, trace } = outcome.isOk() ? outcome.value : outcome.error;
    return report({ steps, trace, ...(outcome.isOk() ? { output: outcome.value.output } : { failure: outcome.error }) } as Outcome, []);
  }) as [readonly string[], readonly string[]];
  return live.flatMap((line, index) => (line === read[index] ? [] : [`live ${line}`, `read ${read[index]}`]));
}

function told(outcome: Outcome, log: readonly string[]): readonly string[] {
  const trace = outcome.trace.toSorted((a, b) => a.startedAt - b.startedAt || (a.path < b.path ? -1 : 1));
  // Which attempt it was is the ledger's to judge, and what listeners hear that of a dead process is not told twice.
  const calls = log.filter((line) => / begins | ends: /.test(line)).map((line) => line.replace(/ attempt=\d+/, ""));
  return report({ ...outcome, trace }, calls.sort());
}

/** Time limits of leaves, by their labels. */
function limitsIn(run: RunSpec): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  JSON.stringify(run, (_key, value) => {
    const timeout = value?.limits?.timeout;
    // A map's limits are its items'.
    const leaf = value?.kind === "map" ? value.body.leaf : value?.leaf;
    if (leaf !== undefined && timeout !== undefined) found.set(leaf.label, timeout);
    return value;
  });
  return found;
}

/** Whether a call would run out of its time, which begins anew with the next process. */
function isOverdue(after: number | "at once" | "never", limit: number | undefined): boolean {
  return limit !== undefined && after !== "at once" && (after === "never" || after >= limit);
}

/** With times of which no two are the same, so that nothing comes at one moment. */
function spread(run: RunSpec): RunSpec {
  let count = 0;
  const far = (units: number): number => {
    count = (count % 255) + 1;
    return units * 256 + count;
  };
  const times = new Set(["after", "for", "timeout", "initial", "cap", "duration", "cancelAt", "grace"]);
  const walk = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((one) => walk(one, ""));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner, name)]));
    if (key === "after" && value === "at once") return far(0);
    return times.has(key) && typeof value === "number" ? far(value) : value;
  };
  return walk(run, "") as RunSpec;
}

function hash(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index++) sum = (Math.imul(sum, 31) + text.charCodeAt(index)) | 0;
  return sum;
}

// The long lane: random plans against the reference, over all processors, until so many are played or the time is over.
//
//   node test/reference/fuzz.ts --plans 1000000 --seed 7 --seconds 3600 --processes 2
//
// With --journal they run on a journal, with a boundary of processes after every step, with --deaths on one whose processes die
// at random moments (see test/boundary). Every option may be left out: without them it plays 1,000,000 plans from a random seed,
// for as long as that takes. Each part of 1,000 plans (100 on a journal) has a seed of its own, so that a mismatch is seen again
// in seconds, whatever the lane was. It exits with 1 after the first mismatch, or where a process ends before its time.
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export interface Part {
  readonly seed: number;
  readonly plans: number;
  readonly lane: "memory" | "journal" | "deaths";
}
export interface Played extends Part {
  readonly found: string | undefined;
}

const { values } = parseArgs({
  options: {
    plans: { type: "string" },
    seed: { type: "string" },
    seconds: { type: "string" },
    processes: { type: "string" },
    journal: { type: "boolean", default: false },
    deaths: { type: "boolean", default: false },
  },
});
const lane = values.deaths ? "deaths" : values.journal ? "journal" : "memory";
const plans = whole("plans", 1_000_000);
const seed = whole("seed", Math.floor(Math.random() * 1_000_000));
const seconds = whole("seconds", Number.POSITIVE_INFINITY);
const processes = whole("processes", availableParallelism());
const part = lane === "memory" ? 1_000 : 100;
const started = performance.now();
/** What each process is at. */
const at = new Map<ChildProcess, Part>();
let given = 0;
let played = 0;
let toldAt = started;

console.log(`Seed ${seed}: ${plans} plans over ${processes} processes${Number.isFinite(seconds) ? `, for ${seconds} s at most` : ""}`);
for (let index = 0; index < processes; index++) {
  const child = fork(fileURLToPath(new URL("fuzz-child.ts", import.meta.url)), { execArgv: ["--unhandled-rejections=strict"] });
  child.on("message", ({ plans, found }: Played) => {
    if (found !== undefined) return fail(found);
    played += plans;
    next(child);
    progress();
  });
  child.on("exit", (code, signal) => {
    const lost = at.get(child);
    if (lost !== undefined) fail(`A process of the lane ended with ${code ?? signal} in ${lost.plans} plans of seed ${lost.seed}`);
  });
  next(child);
}

function next(child: ChildProcess): void {
  at.delete(child);
  if (given >= plans || performance.now() - started > seconds * 1_000) {
    child.disconnect();
    return;
  }
  const task: Part = { seed: seed * 1_000 + given / part, plans: Math.min(part, plans - given), lane };
  given += task.plans;
  at.set(child, task);
  child.send(task);
}

/** A line every half minute, and one at the end. */
function progress(): void {
  const now = performance.now();
  const over = at.size === 0;
  if (!over && now - toldAt < 30_000) return;
  toldAt = now;
  const perSecond = Math.round((played / (now - started)) * 1_000);
  console.log(`${played} plans agree with the reference, ${perSecond} a second, seed ${seed}${over ? ": no mismatch" : ""}`);
}

function fail(why: string): void {
  console.error(why);
  process.exitCode = 1;
  const others = [...at.keys()];
  at.clear();
  for (const child of others) child.kill();
}

function whole(name: Exclude<keyof typeof values, "journal" | "deaths">, otherwise: number): number {
  const given = values[name];
  if (given === undefined) return otherwise;
  if (!/^[1-9]\d*$/.test(given)) throw new Error(`Expected --${name} to be a whole number from 1 up, got ${given}`);
  return Number(given);
}

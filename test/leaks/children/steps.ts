// 200,000 steps under one signal that never aborts: what is alive while they run and after, and who still listens.
import { getEventListeners } from "node:events";
import type { Result } from "neverthrow";
import { type RunFailure, type RunOptions, workflow } from "../../../src/index.ts";
import { alive, atRest } from "./alive.ts";

interface Runnable {
  run(input: string, options: RunOptions): unknown;
}

const total = 200_000;
const hour = 3_600_000;
const outer = new AbortController();
let before = 0;
let peak = 0;
let listeners = 0;
let steps = 0;

/** Called by every step; looks around in the middle of the run, every 20,000 steps. */
function count(): void {
  if (++steps % 20_000 !== 0) return;
  peak = Math.max(peak, alive() - before);
  listeners = Math.max(listeners, getEventListeners(outer.signal, "abort").length);
}

/** Waits a turn of the event loop, and listens to its signal meanwhile, as `fetch` does. */
const listening = async ({ signal }: { readonly signal: AbortSignal }) => {
  const stop = () => {};
  signal.addEventListener("abort", stop);
  await undefined;
  signal.removeEventListener("abort", stop);
  count();
  return { text: "x".repeat(100), steps };
};
const refuses = async (): Promise<string> => {
  count();
  throw new Error("no");
};
/** Never ends by itself, and lets nobody forget it: its listener stays. */
const lasting = ({ signal }: { readonly signal: AbortSignal }) => {
  count();
  return new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
};

const input = () => "";
const ten = workflow("ten").then("first", listening, { timeout: hour });
/** Ten steps a run, of every outcome. */
const outcomes: readonly Runnable[] = [
  ten
    .then("second", listening)
    .parallel("both", { a: listening, b: { do: listening, timeout: hour } }, { timeout: hour })
    .map("each", () => [1, 2, 3, 4, 5, 6], listening, { timeout: hour })
    .build(),
  ten
    .race("fastest", { won: listening, lost: lasting, also: { do: lasting, timeout: hour } }, { timeout: hour })
    .settle("all", { good: listening, bad: refuses, late: { do: lasting, timeout: 0.01 } })
    .then("retried", refuses, { retries: { max: 2, initial: 0, jitter: "none" }, timeout: hour })
    .build(),
  ten
    .then("kept", listening, { undo: (_, context) => listening(context) })
    .then("inner", workflow("inner").then("deep", listening, { timeout: hour }).build(), { input, timeout: hour, retries: 1 })
    .loop("turns", { flow: (b) => b.then("turn", listening) }, { until: ({ iteration }) => iteration === 3 })
    .parallel("fails", { bad: refuses, lost: lasting })
    .catch("rescued", listening, { undo: true })
    .build(),
];

/** Each takes `least` steps or a few more. */
const workloads: Readonly<Record<string, (least: number) => Promise<void>>> = {
  "one run": async (least) => {
    const plan = workflow("one")
      .then("first", listening)
      .loop(
        "turns",
        {
          flow: (b) =>
            b
              .then("alone", listening, { timeout: hour })
              .parallel("both", { a: listening, b: listening })
              .then("last", listening, { retries: 1 }),
        },
        { until: ({ iteration }) => iteration === least / 4, max: least },
      )
      .build();
    await run(plan);
  },
  chains: async (least) => {
    // Too many names for a type.
    let chain = workflow("chain") as unknown as { then(id: string, run: typeof listening): typeof chain; build(): Runnable };
    for (let step = 0; step < 1_000; step++) chain = chain.then(`s${step}`, listening);
    const plan = chain.build();
    while (steps < least) await run(plan);
  },
  "short runs": async (least) => {
    // A hundred of each at once: their pauses and time limits take real time.
    while (steps < least) await Promise.all(outcomes.flatMap((plan) => Array.from({ length: 100 }, () => run(plan))));
  },
};

async function run(plan: Runnable): Promise<void> {
  const result = (await plan.run("", { signal: outer.signal, grace: hour, timeout: hour })) as Result<unknown, RunFailure<unknown, object>>;
  if (result.isErr() && result.error.step !== "retried") throw new Error(result.error.message, { cause: result.error });
}

const workload = workloads[process.argv[2] as string] as (steps: number) => Promise<void>;
// Code that is compiled on the way is no leak.
await workload(12_000);
await atRest();
steps = peak = listeners = 0;
before = alive();
await workload(total);
await atRest();
console.log(JSON.stringify({ steps, peak, after: alive() - before, listeners, left: getEventListeners(outer.signal, "abort").length }));

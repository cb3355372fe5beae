import { setTimeout as sleep } from "node:timers/promises";
import { agent, type RunOptions, workflow } from "../../../src/index.ts";

/*
 * Runs by how they end, each with long time limits and pauses that are under way when it does. Whatever is left of one
 * would hold the process for an hour.
 */

const hour = 3_600_000;

type Kept = { readonly signal: AbortSignal };
const quick = async ({ signal }: Kept) => {
  signal.addEventListener("abort", () => {});
  await sleep(2);
  return 1;
};
const refuses = async (): Promise<number> => {
  await sleep(2);
  throw new Error("no");
};
const lasting = ({ signal }: Kept) => new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
/** Ignores its signal, and never ends: it is left behind after the grace. */
const deaf = () => new Promise<never>(() => {});
// Shorter than what is left of the run, or it would not be begun.
const retries = { max: 3, initial: hour / 2, cap: hour, jitter: "none" } as const;
const limits = { timeout: hour, retries };
async function* endless() {
  for (let item = 0; ; item++) {
    await sleep(1);
    yield item;
  }
}

interface Ends {
  then(ended: (result: { isOk(): boolean; readonly error?: { readonly type: string } }) => void): unknown;
}
interface Runnable {
  run(input: string, options: RunOptions): unknown;
  start(
    input: string,
    options: RunOptions,
  ): { readonly result: unknown; readonly events: AsyncIterable<unknown>; cancel(reason: unknown): void };
}

const first = workflow("ends").then("first", quick, limits);
const paused = first.then("refuses", refuses, limits).build();
/** Everything at once, all of it waiting for an hour. */
const busy = first
  .parallel("busy", {
    step: lasting,
    limited: { do: lasting, ...limits },
    asleep: { flow: (b) => b.sleep("nap", hour) },
    race: { flow: (b) => b.race("inner", { a: lasting, b: { do: lasting, timeout: hour } }, { timeout: hour }) },
    items: { flow: (b) => b.map("each", endless, quick, limits) },
    sub: { do: workflow("sub").then("deep", lasting, limits).build(), input: () => "", ...limits },
  })
  .build();
const talks = (model = "gpt-4o") => agent({ name: model, model, instructions: "Answer." });
const charged = first.then("charged", quick, { undo: { run: () => sleep(2), timeout: hour, retries } });

const run = (plan: Runnable, options: RunOptions = {}) => plan.run("in", { timeout: hour, grace: 10, ...options }) as Ends;
const cancelled = (plan: Runnable, after = 10) => {
  const handle = plan.start("in", { timeout: hour, grace: 10 });
  setTimeout(() => handle.cancel("enough"), after);
  return handle.result as Ends;
};

/** By name: what it must end as ("ok" or the type of its failure), and how it is run under a signal that lives on. */
export const endings: Readonly<Record<string, readonly [ends: string, run: (signal: AbortSignal) => Ends]>> = {
  completed: ["ok", (signal) => run(first.parallel("p", { a: quick, b: { do: quick, ...limits } }, { timeout: hour }).build(), { signal })],
  failed: [
    "step_failed",
    (signal) => run(first.parallel("p", { a: refuses, b: lasting, c: { do: lasting, ...limits } }).build(), { signal }),
  ],
  "step timed out": ["step_timed_out", (signal) => run(first.then("late", lasting, { timeout: 5 }).build(), { signal })],
  "run timed out": ["run_timed_out", (signal) => run(busy, { signal, timeout: 15 })],
  "cancelled by its handle": ["cancelled", () => cancelled(busy)],
  "cancelled by a signal": ["cancelled", (signal) => run(busy, { signal: AbortSignal.any([signal, AbortSignal.timeout(10)]) })],
  "cancelled between attempts": ["cancelled", () => cancelled(paused, 20)],
  raced: ["ok", (signal) => run(first.race("r", { quick, lasting, limited: { do: lasting, ...limits }, deaf }).build(), { signal })],
  settled: [
    "ok",
    (signal) =>
      run(first.settle("s", { quick, refuses, late: { do: lasting, timeout: 5 }, deaf: { do: deaf, timeout: 5 } }).build(), { signal }),
  ],
  mapped: [
    "step_failed",
    (signal) => run(first.map("m", endless, ({ index }) => (index === 5 ? refuses() : 1), { timeout: hour }).build(), { signal }),
  ],
  caught: [
    "ok",
    (signal) =>
      run(
        charged
          .parallel("p", { refuses, lasting })
          .catch("c", quick, { ...limits, undo: true })
          .build(),
        { signal },
      ),
  ],
  undone: ["step_failed", (signal) => run(charged.parallel("p", { refuses, lasting }).build(), { signal })],
  "started, its events never read": ["step_failed", () => busyFailing().start("in", { grace: 10, timeout: hour }).result as Ends],
  "started, its events left early": [
    "step_failed",
    () => {
      const handle = busyFailing().start("in", { grace: 10, timeout: hour });
      void (async () => {
        for await (const _ of handle.events) break;
      })();
      return handle.result as Ends;
    },
  ],
  "started, its events read to the end by two": [
    "step_failed",
    () => {
      const handle = busyFailing().start("in", { grace: 10, timeout: hour });
      const read = async () => {
        for await (const _ of handle.events);
      };
      void read();
      void read();
      return handle.result as Ends;
    },
  ],
  "agents that answer": ["ok", (signal) => run(first.parallel("p", { a: talks(), b: talks() }).then("c", talks()).build(), { signal })],
  "an agent under way, cancelled": ["cancelled", () => cancelled(first.then("a", talks("hangs")).build(), 150)],
  "an agent under way, timed out": [
    "step_timed_out",
    (signal) => run(first.then("a", talks("hangs"), { timeout: 150 }).build(), { signal }),
  ],
  "an agent between attempts, cancelled": ["cancelled", () => cancelled(first.then("a", talks("refuses"), { retries }).build(), 150)],
};

function busyFailing(): Runnable {
  return first.parallel("p", { refuses, lasting, limited: { do: lasting, ...limits } }).build();
}

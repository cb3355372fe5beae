// One library and one workload, measured in a process of its own: prints one line of JSON.
import { type Job, type Library, Refused } from "./library.ts";
import { type Workload, workloads } from "./workloads.ts";

/** What one process measured; µs or bytes, by name. */
export type Measured = Readonly<Record<string, number>>;

const [name = "", id = "", seconds = "0.3"] = process.argv.slice(2);
const workload = workloads[id] as Workload;

async function checked(job: Job, expected: number): Promise<void> {
  const came = job.result(await job.run());
  if (came !== expected) throw new Error(`Expected ${id} of ${name} to come to ${expected}, got ${came}`);
}

/** The median of many short stretches: others use the machine too, and a stretch that they disturb is not the middle one. */
async function stretches(ms: number, once: () => unknown): Promise<number> {
  const wanted = 24;
  const times: number[] = [];
  const end = performance.now() + ms;
  let count = 1;
  do {
    const start = performance.now();
    for (let index = 0; index < count; index++) {
      const going = once();
      if (going instanceof Promise || typeof (going as { then?: unknown })?.then === "function") await going;
    }
    const took = performance.now() - start;
    if (took < ms / wanted / 2 && times.length < 3) {
      count *= 2;
      times.length = 0;
    } else times.push(took / count);
  } while (performance.now() < end || times.length === 0);
  times.sort((a, b) => a - b);
  return (times[times.length >> 1] as number) * 1_000;
}

async function measure(library: Library): Promise<Measured> {
  const ms = Number(seconds) * 1_000;
  switch (workload.kind) {
    case "run": {
      const job = workload.make(library);
      await checked(job, workload.expected);
      await stretches(ms / 2, job.run);
      const us = await stretches(ms, job.run);
      await checked(job, workload.expected);
      return { us: us / workload.units };
    }
    case "build": {
      await checked(library.sequential(workload.units), workload.units);
      await stretches(ms / 2, () => void library.sequential(workload.units));
      const us = await stretches(ms, () => void library.sequential(workload.units));
      return { us: us / workload.units };
    }
    case "flight":
      return flight(library, workload.units, workload.steps, workload.ms);
    case "long": {
      const start = performance.now();
      const job = library.sequential(workload.units);
      const built = performance.now();
      await checked(job, workload.units);
      const ran = performance.now();
      await checked(job, workload.units);
      const again = performance.now();
      const each = (from: number, to: number) => ((to - from) * 1_000) / workload.units;
      return { build: each(start, built), first: each(built, ran), again: each(ran, again) };
    }
  }
}

/** Live bytes a run, halfway through; and what a second thousand of runs leaves behind that the first did not. */
async function flight(library: Library, runs: number, steps: number, ms: number): Promise<Measured> {
  const job = library.pauses(steps, ms);
  const wave = async (): Promise<number> => {
    const before = await live();
    const going = Array.from({ length: runs }, () => job.run());
    await new Promise((resolve) => setTimeout(resolve, (steps / 2) * ms + ms / 2));
    const during = await live();
    for (const raw of await Promise.all(going))
      if (job.result(raw) !== steps) throw new Error(`Expected a run of ${name} to come to ${steps}`);
    return during - before;
  };
  await wave();
  const before = await live();
  const bytes = await wave();
  return { bytes: bytes / runs, kept: ((await live()) - before) / runs };
}

async function live(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    // Two turns of the event loop: what only a finalizer or a timer's list holds is let go.
    await new Promise((resolve) => setTimeout(resolve, 1));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

try {
  const { library } = (await import(`./libraries/${name}.ts`)) as { readonly library: Library };
  console.log(JSON.stringify(await measure(library)));
  process.exit(0);
} catch (thrown) {
  console.log(
    JSON.stringify({
      refused: thrown instanceof Error ? thrown.message.split("\n")[0] : String(thrown),
      byDesign: thrown instanceof Refused,
    }),
  );
  process.exit(0);
}

import { increment, type Job, type Library, pauseAndIncrement, sum, upTo } from "../library.ts";

/** As built; another build can be measured against it by naming its folder. */
const dist = process.env["HEDDLE_DIST"] ?? new URL("../../../dist/", import.meta.url).href;
const { workflow } = (await import(`${dist}index.js`)) as typeof import("heddle");

interface Context {
  readonly last: number;
  readonly input: number;
}

interface Plan {
  run(input: number): PromiseLike<{ _unsafeUnwrap(): { readonly output: unknown } }>;
}

type Run = (context: Context) => unknown;

/** The builder as these workloads use it: their number of steps is known at run time only, so that types cannot follow. */
interface Builder {
  then(id: string, run: Run | Plan): Builder;
  parallel(id: string, arms: Readonly<Record<string, Run | Plan>>): Builder;
  loop(id: string, body: Run, options: { readonly until: (context: Context) => boolean; readonly max: number }): Builder;
  map(id: string, items: () => readonly number[], body: Run, options: { readonly concurrency: number }): Builder;
  build(): Plan;
}

const begin = (name: string): Builder => workflow(name).input<number>() as unknown as Builder;

function job(plan: Plan, read: (output: unknown) => number = (output) => output as number): Job {
  return {
    run: () => plan.run(0) as Promise<unknown>,
    result: (raw) => read((raw as Awaited<ReturnType<Plan["run"]>>)._unsafeUnwrap().output),
  };
}

const next: Run = ({ last }) => increment(last);

function inOrder(steps: number, run: Run): Job {
  let built = begin("sequential");
  for (let index = 0; index < steps; index++) built = built.then(`step${index}`, run);
  return job(built.build());
}

function around(name: string, inner: Plan): Plan {
  return begin(name)
    .then("first", next)
    .parallel("both", { left: inner, right: inner })
    .then("added", ({ last }) => {
      const { left, right } = last as unknown as { readonly left: number; readonly right: number };
      return left + right;
    })
    .build();
}

export const library: Library = {
  sequential: (steps) => inOrder(steps, next),
  parallel: (arms) =>
    job(
      begin("parallel")
        .parallel("all", Object.fromEntries(upTo(arms).map((index) => [`arm${index}`, next])))
        .build(),
      (output) => sum(Object.values(output as Record<string, number>)),
    ),
  loop: (turns) =>
    job(
      begin("loop")
        .loop("count", next, { until: ({ last }) => last >= turns, max: turns + 1 })
        .build(),
    ),
  map: (items, width) =>
    job(
      begin("map")
        .map("each", () => upTo(items), next, { concurrency: width })
        .build(),
      (output) => sum(output as number[]),
    ),
  nest: () => {
    const innermost = begin("inner").then("first", next).then("second", next).build();
    return job(around("outer", around("middle", innermost)));
  },
  pauses: (steps, ms) => inOrder(steps, ({ last }) => pauseAndIncrement(last, ms)),
};

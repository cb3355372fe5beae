import { type Foreign, increment, type Job, type Library, pauseAndIncrement, peer, sum, upTo } from "../library.ts";

const { andThen, createWorkflowChain } = await peer("@voltagent/core");
const { z } = await peer("zod");

type Run = (value: number) => Promise<number>;
type Step = object;

interface Context {
  readonly data: number;
}

const step = (id: string, run: Run = increment): Step => andThen({ id, execute: ({ data }: Context) => run(data) });

const begin = (id: string, input: unknown = z.number(), result: unknown = z.number()) =>
  createWorkflowChain({ id, name: id, input, result });

function job(workflow: Foreign, input: () => unknown = () => 0, read: (output: unknown) => number = (output) => output as number): Job {
  return {
    run: () => workflow.run(input()),
    result: (raw) => {
      const { status, result } = raw as { readonly status: string; readonly result: unknown };
      if (status !== "completed") throw new Error(`Expected it to be completed, got ${status}`);
      return read(result);
    },
  };
}

function inOrder(steps: number, run: Run): Job {
  let built = begin("sequential");
  for (let index = 0; index < steps; index++) built = built.andThen({ id: `step${index}`, execute: ({ data }: Context) => run(data) });
  return job(built);
}

/** A workflow in a step: its result is under `result`. */
const nested = (name: string, inner: { run(value: number): Promise<{ readonly result: number }> }): Step =>
  step(name, async (value) => (await inner.run(value)).result);

const around = (id: string, inner: { run(value: number): Promise<{ readonly result: number }> }) =>
  begin(id)
    .andThen({ id: "first", execute: ({ data }: Context) => increment(data) })
    .andAll({ id: "both", steps: [nested("left", inner), nested("right", inner)] })
    .andThen({ id: "added", execute: async ({ data }: { readonly data: readonly number[] }) => sum(data) });

export const library: Library = {
  sequential: (steps) => inOrder(steps, increment),
  parallel: (arms) =>
    job(
      begin("parallel", z.number(), z.any()).andAll({ id: "all", steps: upTo(arms).map((index) => step(`arm${index}`)) }),
      () => 0,
      (output) => sum(output as number[]),
    ),
  loop: (turns) => job(begin("loop").andDoUntil({ id: "loop", step: step("count"), condition: ({ data }: Context) => data >= turns })),
  map: (items, width) =>
    job(
      begin("map", z.array(z.number()), z.array(z.number())).andForEach({ id: "each", concurrency: width, step: step("item") }),
      () => upTo(items),
      (output) => sum(output as number[]),
    ),
  nest: () =>
    job(
      around(
        "outer",
        around(
          "middle",
          begin("inner")
            .andThen({ id: "first", execute: ({ data }: Context) => increment(data) })
            .andThen({ id: "second", execute: ({ data }: Context) => increment(data) }),
        ),
      ),
    ),
  pauses: (steps, ms) => inOrder(steps, (value) => pauseAndIncrement(value, ms)),
};

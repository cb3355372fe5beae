import { type Foreign, increment, type Job, type Library, pauseAndIncrement, peer, sum, upTo } from "../library.ts";

const { createStep, createWorkflow } = await peer("@mastra/core/workflows");
const { z } = await peer("zod");

type Run = (value: number) => Promise<number>;
type Step = object;

interface Context {
  readonly inputData: number;
}

const number = z.number();

const step = (id: string, run: Run = increment): Step =>
  createStep({ id, inputSchema: number, outputSchema: number, execute: ({ inputData }: Context) => run(inputData) });

const begin = (id: string, inputSchema: unknown = number, outputSchema: unknown = number) =>
  createWorkflow({ id, inputSchema, outputSchema });

function job(workflow: Foreign, input: () => unknown = () => 0, read: (output: unknown) => number = (output) => output as number): Job {
  return {
    run: async () => (await workflow.createRun()).start({ inputData: input() }),
    result: (raw) => {
      const { status, result } = raw as { readonly status: string; readonly result: unknown };
      if (status !== "success") throw new Error(`Expected success, got ${status}`);
      return read(result);
    },
  };
}

function inOrder(steps: number, run: Run): Job {
  let built = begin("sequential");
  for (let index = 0; index < steps; index++) built = built.then(step(`step${index}`, run));
  return job(built.commit());
}

const around = (id: string, inner: (id: string) => Step): Step =>
  begin(id)
    .then(step("first"))
    .parallel([inner(`${id}-left`), inner(`${id}-right`)])
    .map(async ({ inputData }: { readonly inputData: Record<string, number> }) => sum(Object.values(inputData)))
    .commit();

const innermost = (id: string): Step => begin(id).then(step("first")).then(step("second")).commit();

export const library: Library = {
  sequential: (steps) => inOrder(steps, increment),
  parallel: (arms) =>
    job(
      begin("parallel", number, z.any())
        .parallel(upTo(arms).map((index) => step(`arm${index}`)))
        .commit(),
      () => 0,
      (output) => sum(Object.values(output as Record<string, number>)),
    ),
  loop: (turns) =>
    job(
      begin("loop")
        .dountil(step("count"), async ({ inputData }: Context) => inputData >= turns)
        .commit(),
    ),
  map: (items, width) =>
    job(
      begin("map", z.array(number), z.array(number)).foreach(step("each"), { concurrency: width }).commit(),
      () => upTo(items),
      (output) => sum(output as number[]),
    ),
  nest: () => job(around("outer", (id) => around(id, innermost))),
  pauses: (steps, ms) => inOrder(steps, (value) => pauseAndIncrement(value, ms)),
};

import { increment, type Job, type Library, pauseAndIncrement, sum, upTo } from "../library.ts";

type Step = (value: number) => Promise<number>;

const result = (raw: unknown): number => raw as number;

function inOrder(steps: readonly Step[]): Job {
  return {
    result,
    run: async () => {
      let last = 0;
      for (const step of steps) last = await step(last);
      return last;
    },
  };
}

const innermost: Step = async (value) => increment(await increment(value));

function around(inner: Step): Step {
  return async (value) => {
    const first = await increment(value);
    const [left, right] = await Promise.all([inner(first), inner(first)]);
    return left + right;
  };
}

/** No library: what the work itself costs. */
export const library: Library = {
  sequential: (steps) => inOrder(upTo(steps).map(() => increment)),
  parallel: (arms) => {
    const all = upTo(arms).map(() => increment);
    return { run: () => Promise.all(all.map((arm) => arm(0))), result: (raw) => sum(raw as number[]) };
  },
  loop: (turns) => ({
    result,
    run: async () => {
      let last = 0;
      do last = await increment(last);
      while (last < turns);
      return last;
    },
  }),
  map: (items, width) => ({
    result: (raw) => sum(raw as number[]),
    run: async () => {
      const given = upTo(items);
      const outputs = new Array<number>(items);
      let next = 0;
      const worker = async () => {
        while (next < items) {
          const index = next++;
          outputs[index] = await increment(given[index] as number);
        }
      };
      await Promise.all(Array.from({ length: width }, worker));
      return outputs;
    },
  }),
  nest: () => {
    const outer = around(around(innermost));
    return { result, run: () => outer(0) };
  },
  pauses: (steps, ms) => inOrder(upTo(steps).map(() => (value) => pauseAndIncrement(value, ms))),
};

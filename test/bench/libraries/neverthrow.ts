import type { Err, Ok, Result } from "neverthrow";
import { type Job, type Library, pauseAndIncrement, peer, sum, upTo } from "../library.ts";

const { err, ok } = (await peer("neverthrow")) as typeof import("neverthrow");

type Outcome<T = number> = Result<T, Error>;
type Step = (value: number) => Promise<Outcome>;

const result = (raw: unknown): number => (raw as Outcome)._unsafeUnwrap();
const total = (raw: unknown): number => sum((raw as Outcome<number[]>)._unsafeUnwrap());

function inOrder(steps: readonly Step[]): Job {
  return {
    result,
    run: async () => {
      let last = 0;
      for (const step of steps) {
        const outcome = await step(last);
        if (outcome.isErr()) return err(outcome.error);
        last = outcome.value;
      }
      return ok(last);
    },
  };
}

function combined(outcomes: readonly Outcome[]): Ok<number[], Error> | Err<number[], Error> {
  const values: number[] = [];
  for (const outcome of outcomes) {
    if (outcome.isErr()) return err(outcome.error);
    values.push(outcome.value);
  }
  return ok(values);
}

/** What a careful user writes by hand: steps that return `ok` or `err`, and a look at each before going on. */
export function loopOf(increment: Step): Library {
  const innermost: Step = async (value) => {
    const first = await increment(value);
    if (first.isErr()) return err(first.error);
    return increment(first.value);
  };
  const around =
    (inner: Step): Step =>
    async (value) => {
      const first = await increment(value);
      if (first.isErr()) return err(first.error);
      const [left, right] = await Promise.all([inner(first.value), inner(first.value)]);
      if (left.isErr()) return err(left.error);
      if (right.isErr()) return err(right.error);
      return ok(left.value + right.value);
    };
  return {
    sequential: (steps) => inOrder(upTo(steps).map(() => increment)),
    parallel: (arms) => {
      const all = upTo(arms).map(() => increment);
      return { result: total, run: async () => combined(await Promise.all(all.map((arm) => arm(0)))) };
    },
    loop: (turns) => ({
      result,
      run: async () => {
        let last = 0;
        do {
          const outcome = await increment(last);
          if (outcome.isErr()) return err(outcome.error);
          last = outcome.value;
        } while (last < turns);
        return ok(last);
      },
    }),
    map: (items, width) => ({
      result: total,
      run: async () => {
        const given = upTo(items);
        const outputs = new Array<number>(items);
        let failed: Err<never, Error> | undefined;
        let next = 0;
        const worker = async () => {
          while (next < items && failed === undefined) {
            const index = next++;
            const outcome = await increment(given[index] as number);
            if (outcome.isErr()) failed = err(outcome.error);
            else outputs[index] = outcome.value;
          }
        };
        await Promise.all(Array.from({ length: width }, worker));
        return failed ?? ok(outputs);
      },
    }),
    nest: () => {
      const outer = around(around(innermost));
      return { result, run: () => outer(0) };
    },
    pauses: (steps, ms) => inOrder(upTo(steps).map(() => async (value) => ok(await pauseAndIncrement(value, ms)))),
  };
}

/** Steps that are written for it: the addition stands in the very function that hands back `ok`. */
export const library = loopOf(async (value) => ok(value + 1));

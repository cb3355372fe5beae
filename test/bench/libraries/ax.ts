import { type Foreign, increment, type Job, type Library, pauseAndIncrement, peer, sum, upTo } from "../library.ts";

const { flow } = await peer("@ax-llm/ax");

type Run = (value: number) => Promise<number>;

interface State {
  readonly last: number;
}

/** No step of these workloads asks a model. */
const noModel = {};

const job = (
  built: Foreign,
  input: () => object = () => ({ last: 0 }),
  read: (output: unknown) => number = (output) => (output as State).last,
): Job => ({
  run: () => built.forward(noModel, input()),
  result: read,
});

const step = (run: Run) => async (state: State) => ({ last: await run(state.last) });

function inOrder(steps: number, run: Run): Job {
  let built = flow();
  for (let index = 0; index < steps; index++) built = built.map(step(run));
  return job(built);
}

const innermost = () => flow().map(step(increment)).map(step(increment));

const around = (left: Foreign, right: Foreign) =>
  flow()
    .node("left", left)
    .node("right", right)
    .map(step(increment))
    .execute("left", ({ last }: State) => ({ last }))
    .execute("right", ({ last }: State) => ({ last }))
    .map(async ({ leftResult, rightResult }: { readonly leftResult: State; readonly rightResult: State }) => ({
      last: leftResult.last + rightResult.last,
    }));

const middle = () => around(innermost(), innermost());

export const library: Library = {
  sequential: (steps) => inOrder(steps, increment),
  parallel: (arms) =>
    job(
      flow().map(
        upTo(arms).map((index) => async ({ last }: State) => ({ [`arm${index}`]: await increment(last) })),
        { parallel: true },
      ),
      undefined,
      (output) => {
        const { last: _, ...outputs } = output as Record<string, number>;
        return sum(Object.values(outputs));
      },
    ),
  loop: (turns) =>
    job(
      flow()
        .while(({ last }: State) => last < turns, turns + 1)
        .map(step(increment))
        .endWhile(),
    ),
  map: (items, width) =>
    job(
      flow().derive("outputs", "items", (item: number) => increment(item), { batchSize: width }),
      () => ({ items: upTo(items) }),
      (output) => sum((output as { readonly outputs: number[] }).outputs),
    ),
  nest: () => job(around(middle(), middle())),
  pauses: (steps, ms) => inOrder(steps, (value) => pauseAndIncrement(value, ms)),
};

import { increment, type Job, type Library, pauseAndIncrement, peer, sum, upTo } from "../library.ts";

const { Effect } = await peer("effect");

type Description = object;

const step = (value: number): Description => Effect.promise(() => increment(value));

const job = (program: Description, result = (raw: unknown): number => raw as number): Job => ({
  run: () => Effect.runPromise(program),
  result,
});

/** Built as data, which is what can be compared with a builder. */
function inOrder(steps: number, next: (value: number) => Description): Job {
  let program = Effect.succeed(0);
  for (let index = 0; index < steps; index++) program = Effect.flatMap(program, next);
  return job(program);
}

const innermost = (value: number): Description => Effect.flatMap(step(value), step);

function around(inner: (value: number) => Description): (value: number) => Description {
  return (value) =>
    Effect.gen(function* () {
      const first = yield* Effect.promise(() => increment(value));
      const [left, right] = yield* Effect.all([inner(first), inner(first)], { concurrency: "unbounded" });
      return left + right;
    });
}

export const library: Library = {
  sequential: (steps) => inOrder(steps, step),
  parallel: (arms) =>
    job(
      Effect.all(
        upTo(arms).map(() => step(0)),
        { concurrency: "unbounded" },
      ),
      (raw) => sum(raw as number[]),
    ),
  loop: (turns) =>
    job(
      Effect.gen(function* () {
        let last = 0;
        do last = yield* Effect.promise(() => increment(last));
        while (last < turns);
        return last;
      }),
    ),
  map: (items, width) =>
    job(
      Effect.suspend(() => Effect.forEach(upTo(items), step, { concurrency: width })),
      (raw) => sum(raw as number[]),
    ),
  nest: () => job(around(around(innermost))(0)),
  pauses: (steps, ms) => inOrder(steps, (value) => Effect.promise(() => pauseAndIncrement(value, ms))),
};

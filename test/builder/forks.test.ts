import fc from "fast-check";
import { expect, test } from "vitest";
import { loose, thrownBy } from "../support/loose.ts";
import { sleep } from "../support/promises.ts";

test("forks of one base know nothing of each other, also when they run at the same time", async () => {
  const base = loose()
    .state({ n: 0 })
    .then("base", async ({ input, set }: any) => {
      await sleep(1);
      set({ n: input });
      return input;
    });
  const forks = Array.from({ length: 50 }, (_, fork) =>
    base.then(fork % 2 === 0 ? "same" : `own${fork}`, ({ last, state }: any) => [fork, last, state.n]),
  );
  expect((await base.build().run(7))._unsafeUnwrap().steps).toEqual({ base: 7 });
  const runs = await Promise.all(
    forks.map((fork, index) =>
      fork
        .then("end", ({ last }: any) => last)
        .build()
        .run(index),
    ),
  );
  for (const [index, run] of runs.entries()) {
    expect(run._unsafeUnwrap().output).toEqual([index, index, index]);
    expect(Object.keys(run._unsafeUnwrap().steps)).toEqual(["base", index % 2 === 0 ? "same" : `own${index}`, "end"]);
  }
});

test("any tree of forks builds what each of its branches says", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ parent: fc.nat(), name: fc.constantFrom("a", "b", "c", "d", "e") }), { minLength: 1, maxLength: 30 }),
      async (moves) => {
        const builders: { chain: any; names: string[] }[] = [{ chain: loose(), names: [] }];
        for (const { parent, name } of moves) {
          const { chain, names } = builders[parent % builders.length] as { chain: any; names: string[] };
          if (names.includes(name)) thrownBy(() => chain.then(name, () => name));
          else builders.push({ chain: chain.then(name, ({ steps }: any) => Object.keys(steps).join()), names: [...names, name] });
        }
        for (const { chain, names } of builders) {
          const run = (await chain.build().run(""))._unsafeUnwrap();
          expect(Object.keys(run.steps)).toEqual(names);
          expect(Object.values(run.steps)).toEqual(names.map((_, index) => names.slice(0, index).join()));
        }
      },
    ),
    { numRuns: 100, seed: 1 },
  );
});

test("a builder that refused a step is what it was", async () => {
  const base = loose().then("a", () => 1);
  thrownBy(() => base.parallel("p", { x: () => 1, a: () => 1 }));
  thrownBy(() => base.then("b", 5));
  expect(
    (
      await base
        .then("p", () => 1)
        .then("x", () => 2)
        .then("b", () => 3)
        .build()
        .run("")
    )._unsafeUnwrap().output,
  ).toBe(3);
});

test("a workflow is not a promise, wherever somebody awaits it", async () => {
  const builder = loose("mine").then("a", () => 1);
  const awaited: readonly (() => Promise<unknown>)[] = [
    async () => await builder,
    async () => builder,
    () => Promise.resolve(builder),
    () => Promise.all([builder]),
    () => Promise.race([builder]),
    () => new Promise((resolve) => resolve(builder)),
  ];
  for (const wait of awaited)
    await expect(wait()).rejects.toMatchObject({ name: "NotAPromiseError", message: expect.stringContaining('"mine"') });
  expect(builder.build().then).toBeUndefined();
});

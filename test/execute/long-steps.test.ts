// The outputs of more than 256 steps are looked up when they are read; they read like the plain object of a shorter chain.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";

type Steps = Record<string, unknown>;

/** What a step sees of `steps` after so many others: the first of them named as an object's own method is, the last one left out. */
async function seen(count: number, look: (steps: Steps) => unknown): Promise<unknown> {
  let chain = loose().then("valueOf", () => "mine");
  for (let index = 0; index < count; index++) chain = chain.then(`s${index}`, () => index);
  chain = chain.branch("either", () => false, { yes: { flow: (b: any) => b.then("toString", () => 1) } });
  const plan = chain.then("look", ({ steps }: { steps: Steps }) => look(steps)).build();
  return (await plan.run("in"))._unsafeUnwrap().output;
}

describe.each([
  ["few", 20],
  ["many", 300],
])("%s", (_, count) => {
  const both = (look: (steps: Steps) => unknown) => seen(count, look);
  const last = `s${count - 1}`;

  test("read, asked for, listed, spread, serialised", async () => {
    expect(await both((steps) => [steps["s0"], steps[last], steps["s999"], steps["valueOf"]])).toEqual([0, count - 1, undefined, "mine"]);
    expect(await both((steps) => ["s0" in steps, "s999" in steps, "valueOf" in steps, "isPrototypeOf" in steps])).toEqual([
      true,
      false,
      true,
      true,
    ]);
    const names = ["valueOf", ...Array.from({ length: count }, (_, index) => `s${index}`), "either"];
    const listed = (await both((steps) => Object.keys(steps))) as string[];
    expect(listed.filter((name) => name !== "toString")).toEqual(names);
    expect(await both((steps) => ({ ...steps })[last])).toBe(count - 1);
    expect(await both((steps) => JSON.parse(JSON.stringify(steps))[last])).toBe(count - 1);
    expect(await both((steps) => inspect(steps, { maxArrayLength: null, breakLength: 1e9 }).includes(`${last}: ${count - 1}`))).toBe(true);
  });

  test("a step that did not run is undefined, whatever objects inherit under its name; a name that is none inherits", async () => {
    expect(await both((steps) => [steps["toString"], "toString" in steps, typeof steps["isPrototypeOf"]])).toEqual([
      undefined,
      true,
      "function",
    ]);
  });

  test("a property of its own, by a descriptor", async () => {
    expect(await both((steps) => Object.getOwnPropertyDescriptor(steps, "s1"))).toEqual({
      value: 1,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    expect(await both((steps) => Object.getOwnPropertyDescriptor(steps, "s999"))).toBeUndefined();
    expect(await both((steps) => [Object.hasOwn(steps, "s1"), Object.hasOwn(steps, "isPrototypeOf")])).toEqual([true, false]);
  });
});

test("many are not to be changed: an error at once, instead of a change that nobody sees", async () => {
  const attempts: readonly ((steps: Steps) => unknown)[] = [
    (steps) => {
      steps["s0"] = 5;
    },
    (steps) => Object.defineProperty(steps, "s0", { value: 5 }),
    (steps) => delete steps["s0"],
  ];
  for (const change of attempts)
    expect(
      await seen(300, (steps) => {
        try {
          change(steps);
        } catch (thrown) {
          return [thrown instanceof TypeError, steps["s0"]];
        }
        return "changed";
      }),
    ).toEqual([true, 0]);
});

test("in a map's body, the names of the item come before those around it", async () => {
  let chain = loose();
  for (let index = 0; index < 300; index++) chain = chain.then(`s${index}`, () => index);
  const plan = chain
    .map("each", () => ["x"], {
      flow: (b: any) => b.then("inner", () => "in the item").then("look", ({ steps }: any) => [steps.inner, steps.s299, "each" in steps]),
    })
    .build();
  expect((await plan.run("in"))._unsafeUnwrap().output).toEqual([["in the item", 299, false]]);
});

describe.each([
  ["few", 20],
  ["many", 300],
])("%s, and names of several arms", (_, count) => {
  const chain = () => {
    let steps = loose();
    for (let index = 0; index < count; index++) steps = steps.then(`s${index}`, () => index);
    return steps;
  };
  const output = async (built: any) => (await built.build().run("in"))._unsafeUnwrap().output;
  const one = (name: string, value: unknown) => ({ flow: (b: any) => b.then(name, () => value) });

  test("of exclusive arms that share a name, the one that ran has it", async () => {
    for (const taken of ["a", "b", "c"]) {
      const arms = { a: one("shared", "of a"), b: one("shared", "of b"), c: one("only", "of c") };
      const look = ({ steps }: any) => [steps.shared, "shared" in steps, steps.only, "only" in steps];
      expect(
        await output(
          chain()
            .route("r", () => taken, arms)
            .then("look", look),
        ),
      ).toEqual(taken === "c" ? [undefined, false, "of c", true] : [`of ${taken}`, true, undefined, false]);
    }
  });

  test("an arm sees what came before it, and nothing of the arms beside it or of what comes after", async () => {
    const look = ({ steps }: any) => [steps.s0, steps.own, steps.beside, "beside" in steps, "after" in steps, "p" in steps];
    const arms = {
      left: { flow: (b: any) => b.then("beside", () => "left") },
      right: {
        flow: (b: any) =>
          b
            .then("own", () => "right")
            .sleep("nap", 1)
            .then("look", look),
      },
      last: { flow: (b: any) => b.then("late", () => "last") },
    };
    const built = chain()
      .parallel("p", arms)
      .then("after", ({ steps }: any) => steps.look);
    expect(await output(built)).toEqual([0, "right", undefined, false, false, false]);
  });

  test("on a screen it is what it holds", async () => {
    const shown = await output(
      chain().then("look", ({ steps }: any) => inspect(steps, { depth: 0, breakLength: 1e9, maxArrayLength: null })),
    );
    expect(shown).toBe(`{ ${Array.from({ length: count }, (__, index) => `s${index}: ${index}`).join(", ")} }`);
  });
});

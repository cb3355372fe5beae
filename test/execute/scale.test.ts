// Size and depth: no stack overflow, and time in proportion. Ratios, never absolute times: ten times the work may take
// fifteen times as long, plus what a shared machine makes of a few ms.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";

async function ratio(small: () => unknown, large: () => unknown): Promise<number> {
  const time = async (work: () => unknown) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  await small();
  let best = Number.POSITIVE_INFINITY;
  // The best of ten at most: the others measure the neighbours. What is not in proportion never gets below the bound.
  for (let round = 0; round < 10 && best >= 15; round++) best = Math.min(best, (await time(large)) / Math.max(8, await time(small)));
  return best;
}

const chain = (steps: number) => {
  let grown = loose();
  for (let index = 0; index < steps; index++) grown = grown.then(`s${index}`, ({ last }: any) => last + 1);
  return grown.build();
};
const arms = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, async () => index]));
const nested = (levels: number, wrap: (plan: any, level: number) => any, innermost: () => unknown) => {
  let plan = loose("p0").then("leaf", innermost).build();
  for (let level = 1; level <= levels; level++) plan = wrap(plan, level);
  return plan;
};
const ok = async (plan: any, input: unknown = 0, options?: object) => (await plan.run(input, options))._unsafeUnwrap();

test("PV15 100,000 steps: built, checked, hashed, drawn and run, in proportion to 10,000", async () => {
  const all = async (steps: number) => {
    const plan = chain(steps);
    expect(plan.fingerprint).toHaveLength(32);
    expect((await ok(plan)).output).toBe(steps);
  };
  expect(
    await ratio(
      () => all(10_000),
      () => all(100_000),
    ),
  ).toBeLessThan(15);
  const plan = chain(20_000);
  expect(plan.describe().steps).toHaveLength(20_000);
  expect(plan.toMermaid().length).toBeGreaterThan(20_000);
}, 30_000);

describe("steps that read what others gave", () => {
  const reading = (steps: number) => {
    let grown = loose().then("s0", () => 0);
    for (let index = 1; index < steps; index++) grown = grown.then(`s${index}`, ({ steps }: any) => steps[`s${index - 1}`] + 1);
    return grown;
  };

  test("20,000 of them, in proportion to 2,000", async () => {
    const all = async (steps: number) => expect((await ok(reading(steps).build())).output).toBe(steps - 1);
    expect(
      await ratio(
        () => all(2_000),
        () => all(20_000),
      ),
    ).toBeLessThan(15);
  }, 30_000);

  test.each([10, 1_000])("after %s steps, `steps` is an ordinary object to whoever looks", async (count) => {
    const look = ({ steps }: any) => ({
      keys: Object.keys(steps),
      json: JSON.parse(JSON.stringify(steps)),
      spread: { ...steps },
      has: ["s1" in steps, "nope" in steps, Object.hasOwn(steps, "s1"), Object.hasOwn(steps, "toString")],
      inherited: [Object.hasOwn(steps, "s2"), steps.constructor, steps.nope],
      shown: inspect(steps),
      frozen: Reflect.set(steps, "s1", 9) && steps.s1,
    });
    const plan = reading(count).branch("b", () => false, { yes: { flow: (b: any) => b.then("constructor", () => 1) } });
    const { output, steps } = await ok(plan.then("look", look).build());
    const expected = Object.fromEntries([...Array.from({ length: count }, (_, index) => [`s${index}`, index]), ["b", count - 1]]);
    expect(output.json).toEqual(expected);
    expect(output.keys).toEqual([...Object.keys(expected), "constructor"]);
    expect(output.spread).toEqual({ ...expected, constructor: undefined });
    expect(output.has).toEqual([true, false, true, false]);
    expect(output.inherited).toEqual([true, undefined, undefined]);
    expect(output.shown).toContain("s1: 1");
    // What a step does to its `steps` is nobody else's.
    expect(steps.s1).toBe(1);
  });

  test.each([10, 1_000])("after %s steps, arms that run together do not see each other's outputs", async (count) => {
    const seen: Record<string, unknown> = {};
    const arm = (name: string, wait: number) => ({
      flow: (b: any) =>
        b
          .then(`${name}1`, () => name)
          .then(`${name}2`, () => new Promise((resolve) => setTimeout(resolve, wait)))
          .then(`${name}3`, ({ steps }: any) => {
            const names = ["s1", "a", "b", "p", "a1", "b1", "a3", "b3"];
            seen[name] = [names.filter((known) => known in steps), names.filter((known) => Object.keys(steps).includes(known))];
          }),
    });
    // Each reads after the other has ended or begun: both ways round.
    for (const [first, second] of [
      [5, 25],
      [25, 5],
    ] as const)
      await ok(
        reading(count)
          .parallel("p", { a: arm("a", first), b: arm("b", second) })
          .build(),
      );
    expect(seen).toEqual({
      a: [
        ["s1", "a1"],
        ["s1", "a1"],
      ],
      b: [
        ["s1", "b1"],
        ["s1", "b1"],
      ],
    });
  });
});

test("a parallel 2,000 wide, and a map of 20,000", async () => {
  const wide = (count: number) => async () =>
    expect(Object.keys((await ok(loose().parallel("p", arms(count)).build())).output)).toHaveLength(count);
  expect(await ratio(wide(200), wide(2_000))).toBeLessThan(15);
  const map = (count: number) => async () =>
    expect(
      (
        await ok(
          loose()
            .map("m", () => Array(count).fill(0), { flow: (b: any) => b.then("i", async () => 1).then("j", () => 2) })
            .build(),
        )
      ).output,
    ).toHaveLength(count);
  expect(await ratio(map(2_000), map(20_000))).toBeLessThan(15);
});

test("100,000 turns, of one call, of a chain, and of a group in each turn", async () => {
  const loop = (turns: number, body: any) => async () =>
    expect(
      (
        await ok(
          loose()
            .loop("l", body, { until: () => false, max: turns })
            .build(),
        )
      ).record("l").count,
    ).toBe(turns);
  for (const body of [
    ({ last }: any) => last,
    { flow: (b: any) => b.then("i", ({ last }: any) => last) },
    { flow: (b: any) => b.parallel("g", { x: () => 1, y: () => 2 }) },
  ])
    expect(await ratio(loop(10_000, body), loop(100_000, body))).toBeLessThan(15);
}, 30_000);

describe("2,000 plans inside one another", () => {
  const wraps: readonly (readonly [string, (plan: any, level: number) => any])[] = [
    ["in line", (plan, level) => loose(`p${level}`).use(plan).build()],
    [
      "each retried and timed",
      (plan, level) =>
        loose(`p${level}`)
          .then("sub", plan, { timeout: 1e9, retries: { max: 1, when: () => false } })
          .build(),
    ],
    [
      "each in a parallel",
      (plan, level) =>
        loose(`p${level}`)
          .parallel("g", { arm: plan, other: () => 1 })
          .build(),
    ],
    [
      "each in a map",
      (plan, level) =>
        loose(`p${level}`)
          .map("m", () => [0], plan)
          .build(),
    ],
    [
      "each in a loop in a branch",
      (plan, level) =>
        loose(`p${level}`)
          .branch("b", () => true, { yes: { flow: (b: any) => b.loop("l", plan, { until: () => true }) } })
          .build(),
    ],
  ];
  test.each(wraps)("%s: run, failed, caught, cancelled, hashed", async (_, wrap) => {
    const good = nested(2_000, wrap, () => "deep");
    expect(good.fingerprint).toHaveLength(32);
    expect((await good.run("")).isOk()).toBe(true);
    const bad = nested(2_000, wrap, async () => {
      throw new Error("deep");
    });
    const failure = (await bad.run(""))._unsafeUnwrapErr();
    expect([failure.type, failure.cause.message]).toEqual(["step_failed", "deep"]);
    expect(failure.path.length).toBeGreaterThan(4_000);
    expect(
      (
        await loose()
          .then("sub", bad)
          .catch("c", () => "caught")
          .build()
          .run("")
      )._unsafeUnwrap().output,
    ).toBe("caught");
    const controller = new AbortController();
    const stuck = nested(
      2_000,
      wrap,
      ({ signal }: any = {}) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          setTimeout(() => controller.abort("stop"), 1);
        }),
    );
    expect((await stuck.run("", { signal: controller.signal }))._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "stop" });
  });

  test("cancelled 10,000 deep, where the groups inside one another end one by one", async () => {
    const controller = new AbortController();
    const stuck = nested(
      10_000,
      (plan, level) => loose(`p${level}`).parallel("g", { arm: plan }).build(),
      () => {
        setTimeout(() => controller.abort("stop"), 1);
        return new Promise(() => {});
      },
    );
    const options = { signal: controller.signal, grace: 1 };
    expect((await stuck.run("", options))._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "stop" });
  });

  test("described and drawn", () => {
    for (const [, wrap] of wraps) {
      const plan = nested(2_000, wrap, () => 1);
      expect(plan.describe().name).toBe("p2000");
      expect(plan.toMermaid()).toContain("flowchart");
    }
  });

  test("in proportion to 200", async () => {
    for (const [, wrap] of wraps)
      expect(
        await ratio(
          () => ok(nested(400, wrap, () => 1)),
          () => ok(nested(4_000, wrap, () => 1)),
        ),
      ).toBeLessThan(15);
  }, 30_000);
});

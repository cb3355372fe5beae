import { workflow } from "heddle";
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";

// What an independent review found: sizes, shields, whose failure is whose.

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const fail = () => {
  throw new Error("boom");
};
const stuck = (name: string) => () => {
  throw new Error(`stuck ${name}`);
};

describe("size", () => {
  test("300,000 steps that can be undone are no matter for the stack", async () => {
    const plan = loose()
      .loop(
        "l",
        { flow: (b: any) => b.then("a", ({ iteration }: any) => iteration, { undo() {} }) },
        { until: ({ iteration }: any) => iteration === 300_000, max: 300_000 },
      )
      .build();
    expect((await plan.run("")).isOk()).toBe(true);
  }, 30_000);

  test("groups in a long loop book what can be undone in proportion", async () => {
    const turns = async (count: number) => {
      const plan = loose()
        .loop(
          "l",
          { flow: (b: any) => b.parallel("p", { a: { do: () => 1, undo() {} }, b: () => 2 }) },
          { until: ({ iteration }: any) => iteration === count, max: count },
        )
        .build();
      const start = performance.now();
      expect((await plan.run("")).isOk()).toBe(true);
      return performance.now() - start;
    };
    await turns(2_000);
    // Both beyond what fits into V8's young generation: smaller runs pay nothing for what they keep.
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 6 && best >= 15; round++) best = Math.min(best, (await turns(100_000)) / Math.max(8, await turns(10_000)));
    expect(best).toBeLessThan(15);
  }, 30_000);
});

test("an undo sees the turn that its step ran in", async () => {
  const seen: unknown[] = [];
  const plan = loose()
    .loop(
      "l",
      {
        flow: (b: any) =>
          b
            .then("p", ({ iteration }: any) => `P${iteration}`)
            .then("a", ({ last }: any) => `${last}A`, {
              undo: (output: string, { steps, last }: any) => seen.push([output, last, steps.p]),
            }),
      },
      { until: ({ iteration }: any) => iteration === 3 },
    )
    .then("boom", fail)
    .build();
  await plan.run("");
  expect(seen).toEqual([
    ["P3A", "P3", "P3"],
    ["P2A", "P2", "P2"],
    ["P1A", "P1", "P1"],
  ]);
});

describe("shields", () => {
  test.each(["settle", "race"])("a listener that cancels as an undo of %s starts does not keep it from running", async (kind) => {
    const lines: string[] = [];
    const arm = {
      flow: (b: any) =>
        b
          .then("a0", () => 1, { undo: () => lines.push("undo a0") })
          .then("x", async () => {
            await sleep(5);
            throw new Error("no");
          }),
    };
    const other = {
      flow: (b: any) =>
        b.then("w", async () => {
          await sleep(30);
          return 1;
        }),
    };
    const handle = loose()
      [kind]("g", { a: arm, other })
      .build()
      .start("", { observe: (event: any) => event.type === "step.started" && event.path.endsWith("/undo") && handle.cancel("c") });
    await handle.result;
    expect(lines).toEqual(["undo a0"]);
  });

  test("the run's deadline does not take an undo's retries away", async () => {
    let tries = 0;
    const undo = {
      run: () => {
        if (++tries < 3) throw new Error("not yet");
      },
      retries: { max: 5, initial: 1 },
    };
    const failure = (
      await loose()
        .then("a", () => 1, { undo })
        .then("x", () => sleep(200))
        .build()
        .run("", { timeout: 20, grace: 5 })
    )._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "run_timed_out", suppressed: [] });
    expect(tries).toBe(3);
  });
});

describe("failures to undo", () => {
  test("each stands beside the failure of its own arm", async () => {
    const arm = (name: string) => ({ flow: (b: any) => b.then(`${name}1`, () => 1, { undo: stuck(name) }).then(`${name}2`, fail) });
    const { output } = (
      await loose()
        .settle("s", { a: arm("a"), c: arm("c") })
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(output.a.error.suppressed.map(({ path }: any) => path)).toEqual(["s/a/a1/undo"]);
    expect(output.c.error.suppressed.map(({ path }: any) => path)).toEqual(["s/c/c1/undo"]);
  });

  test("those of a race that nobody won stand beside the race's failure, for whoever handles it", async () => {
    const arm = (name: string) => ({ flow: (b: any) => b.then(`${name}1`, () => 1, { undo: stuck(name) }).then(`${name}2`, fail) });
    const beside = ({ failure }: any) => failure.suppressed.map(({ path, message }: any) => [path, message]);
    const { output } = (
      await loose()
        .race("r", { a: arm("a"), b: arm("b") })
        .catch("c", beside)
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(output).toEqual([
      ["r/b/b2", 'Step "b2" failed: boom'],
      ["r/b/b1/undo", '"undo" of step "b1" failed: stuck b'],
      ["r/a/a1/undo", '"undo" of step "a1" failed: stuck a'],
    ]);
  });

  test("those of a race's losers stand beside the run's failure, should it fail", async () => {
    const lost = {
      flow: (b: any) =>
        b
          .then("l1", () => 1, { undo: stuck("l") })
          .then(
            "l2",
            ({ signal }: any) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
          ),
    };
    const base = loose().race("r", { won: () => sleep(5), lost });
    expect((await base.build().run("")).isOk()).toBe(true);
    const failure = (await base.then("boom", fail).build().run(""))._unsafeUnwrapErr();
    expect(failure.suppressed.map(({ path }: any) => path)).toEqual(["r/lost/l1/undo"]);
  });

  test("and those of a chain whose handler a cancel kept from running", async () => {
    const abort = new AbortController();
    const undo = async () => {
      abort.abort("stop");
      await sleep(5);
      throw new Error("stuck");
    };
    const plan = loose()
      .then("a", () => 1, { undo })
      .then("b", fail)
      .catch("c", () => 2, { undo: true })
      .build();
    const failure = (await plan.run("", { signal: abort.signal }))._unsafeUnwrapErr();
    expect(failure.type).toBe("cancelled");
    expect(failure.suppressed.map(({ path }: any) => path)).toEqual(["a/undo"]);
  });
});

test("a step that timed out and completed within its grace is undone: what it did is known", async () => {
  const undone: unknown[] = [];
  const plan = workflow("w")
    .then(
      "a",
      async () => {
        await sleep(20);
        return "charged";
      },
      {
        timeout: 5,
        undo: (output) => {
          undone.push(output);
        },
      },
    )
    .build();
  expect((await plan.run("x"))._unsafeUnwrapErr().type).toBe("step_timed_out");
  expect(undone).toEqual(["charged"]);
});

test("an undo cannot write state that nobody would read", async () => {
  const undo = ({ n }: { n: number }, { set }: any) => set({ n: n + 1 });
  const failure = (
    await loose()
      .state({ n: 0 })
      .then("a", () => ({ n: 1 }), { undo })
      .then("b", fail)
      .build()
      .run("")
  )._unsafeUnwrapErr();
  expect(failure.suppressed[0].message).toMatch(/Expected no set\(\) in "undo" of step "a"/);
});

test("arms that are no object of arms are refused, and so are options that arms do not have", () => {
  for (const arms of [async () => ({}), new Map([["a", () => 1]]), Promise.resolve({}), [1].values()])
    expect(() => loose().parallel("p", arms), String(arms)).toThrow(/Expected step "p" to have its arms in an object/);
  expect(() => loose().parallel("p", { x: { do: () => 1, retires: 3 } })).toThrow(
    'Expected arm "x" of step "p" to be among do, input, timeout, retries, undo, got "retires": did you mean "retries"?',
  );
  expect(() => loose().then((() => 1) as never)).toThrow(/Expected a step's id to be text, got/);
  expect(() => loose().state({ a: 1 }, { merge: { b: () => 1 } })).toThrow(/keys of merge.*got "b"/);
});

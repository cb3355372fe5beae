// Plan validation and naming. PV02's `rerun({ from })` is with plan changes. Left for later: the journal's half of
// PV05 and PV08 (paths and idempotency keys are checked instead).
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { step, workflow } from "heddle";
import { memoryJournal } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { BuildError } from "../../src/plan/build-error.ts";
import { loose, thrownBy } from "../support/loose.ts";

const refused = (call: () => unknown, ...words: readonly (string | RegExp)[]) => {
  const thrown = thrownBy(call);
  expect(thrown).toBeInstanceOf(BuildError);
  for (const word of words) expect((thrown as BuildError).message).toMatch(word);
  return thrown as BuildError;
};

describe("PV01 names are unique among steps that can run together", () => {
  test("in one chain, with both places named", () => {
    const error = refused(
      () =>
        loose()
          .then("a", () => 1)
          .then("b", () => 1)
          .then("a", () => 2),
      '"a"',
      'that step "a" has',
    );
    expect(error.step).toBe("a");
  });

  test("between an arm, an inner step and the steps around", () => {
    refused(
      () =>
        loose()
          .then("a", () => 1)
          .parallel("p", { a: () => 1 }),
      '"a"',
    );
    refused(
      () =>
        loose()
          .then("a", () => 1)
          .parallel("p", { x: { flow: (b: any) => b.then("a", () => 1) } }),
      '"a"',
    );
    refused(() => loose().parallel("p", { x: { flow: (b: any) => b.then("y", () => 1) }, y: () => 1 }), '"y"');
    refused(() => loose().parallel("p", { p: () => 1 }), '"p"');
    refused(
      () => loose().parallel("p", { x: { flow: (b: any) => b.then("i", () => 1) }, z: { flow: (b: any) => b.then("i", () => 1) } }),
      '"i"',
    );
    refused(() => loose().loop("l", { flow: (b: any) => b.then("l", () => 1) }, { until: () => true }), '"l"');
    refused(
      () =>
        loose()
          .branch("b", () => true, { yes: { flow: (b: any) => b.then("i", () => 1) } })
          .then("i", () => 1),
      '"i"',
    );
  });

  test("an array of step() values with two equal ids", () => {
    refused(() => loose().parallel("p", [step("s", () => 1), step("s", () => 2)]), '"s"');
  });

  test("arms that exclude each other may share a name, and so may two maps' bodies", async () => {
    const plan = loose()
      .branch("b", (n: number) => n > 1, {
        yes: { flow: (b: any) => b.then("i", () => "y") },
        no: { flow: (b: any) => b.then("i", () => "n") },
      })
      .map("m1", () => [1], { flow: (b: any) => b.then("j", () => 1) })
      .map("m2", () => [1], { flow: (b: any) => b.then("j", () => 2) })
      .build();
    expect((await plan.run(2))._unsafeUnwrap().steps.i).toBe("y");
  });
});

describe("PV02 what is not there is refused by name", () => {
  test("a state key that the workflow does not declare, with the nearest match", () => {
    const plan = loose()
      .state({ hits: 0 })
      .then("a", () => 1)
      .build();
    refused(() => plan.run("", { state: { hit: 1 } }), '"hit"', '"hits"');
  });

  test("a step to answer that does not wait", async () => {
    const journal = memoryJournal();
    const plan = loose().waitFor("approve", z.boolean()).build();
    await plan.run("", { journal, runId: "r" });
    const { reason, message } = (await plan.answer("r", "aprove", true, { journal }))._unsafeUnwrapErr();
    expect(reason).toBe("no_such_wait");
    expect(message).toMatch(/"aprove".*"approve"/);
  });

  test("an option that does not exist", () => {
    refused(() => loose().then("a", () => 1, { retry: 2 }), "retries", '"retry"', '"a"');
    refused(
      () =>
        loose()
          .then("a", () => 1)
          .build()
          .run("", { retries: 2 }),
      '"retries"',
    );
    refused(() => loose().then("a", () => 1, { retries: { max: 1, inital: 5 } }), '"inital"');
  });
});

test("PV03 a plan cannot contain itself: it is frozen before anything can hold it, and equal names are told apart by id", async () => {
  const inner = workflow("same")
    .then("a", () => 1)
    .build();
  const outer = workflow("same")
    .use(inner)
    .then("b", ({ last }) => last + 1)
    .build();
  expect((await outer.run(""))._unsafeUnwrap().output).toBe(2);
  // A flow that opens itself without end is the user's own recursion, and ends as a RangeError of that function.
  const endless = (b: any): any => b.parallel("p", { x: { flow: endless } });
  refused(() => loose().parallel("q", { x: { flow: endless } }), '"p"');
});

describe("PV04 nothing to do", () => {
  test("no steps: the input", async () => {
    const run = (await workflow("w").build().run("in"))._unsafeUnwrap();
    expect([run.output, run.steps, run.trace]).toEqual(["in", {}, []]);
  });

  test("no arms, no items, no keys: {} and []", async () => {
    const plan = loose()
      .parallel("p", {})
      .settle("s", {})
      .routeAll("r", () => [], { x: () => 1 })
      .map(
        "m",
        () => [],
        () => 1,
      )
      .build();
    const { steps } = (await plan.run("in"))._unsafeUnwrap();
    expect(steps).toEqual({ p: {}, s: {}, r: {}, m: [] });
    refused(() => loose().race("r", {}), '"r"', "at least one arm");
  });

  test("a flow without steps passes through", async () => {
    const plan = loose()
      .parallel("p", { x: { flow: (b: any) => b } })
      .loop("l", { flow: (b: any) => b }, { until: () => true })
      .build();
    expect((await plan.run("in"))._unsafeUnwrap().output).toEqual({ x: "in" });
  });
});

describe("PV05 names that objects inherit", () => {
  const names = ["constructor", "toString", "hasOwnProperty", "valueOf", "prototype", "__defineGetter__", "length", "0", "-1"];

  test.each(names)("%s is an ordinary own key of steps, arms, state and paths", async (name) => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const seen: unknown[] = [];
    const plan = loose()
      .state({ [name]: 0 })
      .then(name, ({ set }: any) => {
        set({ [name]: 1 });
        return "own";
      })
      .then("look", ({ steps, state }: any) => seen.push(steps[name], state[name], Object.hasOwn(steps, name)))
      .build();
    const run = (await plan.run(""))._unsafeUnwrap();
    expect(Object.hasOwn(run.steps, name)).toBe(true);
    expect(seen).toEqual(["own", 1, true]);
    expect(run.record(name).path).toBe(name);
    const arms = loose()
      .parallel("p", { [name]: () => 1 })
      .route("r", () => name, { [name]: () => 2 })
      .build();
    const routed = (await arms.run(""))._unsafeUnwrap();
    expect(routed.output).toEqual({ route: name, output: 2 });
    expect(Object.hasOwn(routed.steps.p, name)).toBe(true);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    const untaken = loose()
      .branch("b", () => false, { yes: { flow: (b: any) => b.then(name, () => 1) } })
      .then("look", ({ steps }: any) => steps[name])
      .build();
    expect((await untaken.run(""))._unsafeUnwrap().output).toBeUndefined();
  });

  test.each(["__proto__", "then"])("%s is refused", (name) => {
    refused(() => loose(name), name);
    refused(() => loose().then(name, () => 1), name);
    refused(() => loose().parallel("p", JSON.parse(`{"${name}":1}`)), name);
  });

  test("a selector's key that an object would inherit has no arm", async () => {
    const plan = loose()
      .route("r", () => "constructor", { a: () => 1 })
      .build();
    expect((await plan.run(""))._unsafeUnwrapErr()).toMatchObject({ type: "no_route", route: "constructor" });
  });

  test("`__proto__` as data in the state neither pollutes nor gets lost", async () => {
    const plan = loose()
      .state({ a: 1 })
      .then("s", ({ set }: any) => set(JSON.parse('{"__proto__":{"polluted":true}}')))
      .parallel("p", { x: ({ set }: any) => set(JSON.parse('{"constructor":{"prototype":{"polluted":true}}}')) })
      .then("look", ({ state }: any) => [
        state.polluted,
        ({} as any).polluted,
        Object.hasOwn(state, "__proto__"),
        Object.hasOwn(state, "constructor"),
      ])
      .build();
    expect((await plan.run(""))._unsafeUnwrap().output).toEqual([undefined, undefined, true, true]);
  });
});

describe("PV08 names of every kind", () => {
  test.each([
    ["", "visible"],
    ["  \t", "visible"],
    ["x".repeat(201), "200"],
    ["a\u0000b", "control"],
    ["a\nb", "control"],
    ["a\u202eb", "direction"],
    ["a\ud800", "well-formed"],
    [5, "text"],
    [null, "text"],
    [Symbol("s"), "text"],
  ])("%o is refused in words", (name, words) => {
    refused(() => loose(name), words);
    refused(() => loose().then(name, () => 1), words);
    if (typeof name === "string") refused(() => loose().parallel("p", { [name]: () => 1 }), words);
  });

  test("200 units, é twice (composed and not), emoji and spaces are carried as they are", async () => {
    const names = ["x".repeat(200), "\u00e9", "e\u0301", "🧵 thread", "a b"];
    let chain = loose();
    for (const name of names) chain = chain.then(name, ({ idempotencyKey }: any) => idempotencyKey);
    const run = (await chain.build().run(""))._unsafeUnwrap();
    expect(Object.keys(run.steps)).toEqual(names);
    expect(run.trace.map((record: any) => record.path)).toEqual(names);
    expect(new Set(Object.values(run.steps)).size).toBe(names.length);
  });

  test("names made of what paths use as marks never share a key", async () => {
    const keys: string[] = [];
    const note = ({ idempotencyKey }: any) => keys.push(idempotencyKey);
    const plan = loose()
      .then("a/b", note)
      .then("a%2Fb", note)
      .parallel("a", { b: { flow: (b: any) => b.then("c", note) }, "b/c": note })
      .loop("l", { flow: (b: any) => b.then("i", note) }, { until: () => true })
      .then("l#1/i", note)
      .map("m", () => [0], { flow: (b: any) => b.then("j", note) })
      .then("m[0]/j", note)
      .then("x~2", note)
      .build();
    await plan.run("");
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(9);
  });
});

describe("PV09 a plan is what it was when it was built", () => {
  test("what was handed to the builder may change afterwards", async () => {
    const initial = { list: [1], deep: { n: 1 } };
    const merge = { list: (joined: number[]) => joined };
    const arms: Record<string, unknown> = { x: () => 1 };
    const options = { concurrency: 1 };
    const inner = loose("inner")
      .state({ k: { n: 1 } })
      .then("i", ({ state }: any) => state.k.n)
      .build();
    const fresh = { k: { n: 2 } };
    const plan = loose()
      .state(initial, { merge })
      .parallel("p", arms, options)
      .use(inner, { state: fresh })
      .then("s", ({ state }: any) => state)
      .build();
    initial.list.push(2);
    initial.deep.n = 99;
    arms["y"] = () => 2;
    arms["x"] = () => 3;
    fresh.k.n = 99;
    options.concurrency = -1;
    const { steps } = (await plan.run(""))._unsafeUnwrap();
    expect(steps.p).toEqual({ x: 1 });
    expect(steps.s).toEqual({ list: [1], deep: { n: 1 } });
    expect(steps.inner.output).toBe(2);
  });

  test("the plan is frozen all the way down", () => {
    const plan = loose()
      .then("a", () => 1, { retries: 2 })
      .then(
        "s",
        step("s", () => 1, { retries: { max: 1 } }),
      )
      .tap("t", () => 1)
      .parallel("p", { x: { flow: (b: any) => b.then("i", () => 1) } })
      .loop("l", () => 1, { until: () => true })
      .build();
    const open: string[] = [];
    const look = (value: unknown, path: string) => {
      if (typeof value !== "object" || value === null) return;
      if (!Object.isFrozen(value)) open.push(path);
      for (const key of Object.keys(value)) look((value as Record<string, unknown>)[key], `${path}.${key}`);
    };
    look(plan, "plan");
    expect(open).toEqual([]);
    expect(() => Object.assign(plan, { name: "other" })).toThrow(TypeError);
  });

  test("concurrent runs of one plan know nothing of each other", async () => {
    const plan = workflow<number>("w")
      .state({ sum: 0 })
      .loop(
        "l",
        async ({ set, state, input, last }) => {
          set({ sum: state.sum + input });
          await null;
          return last;
        },
        { until: ({ iteration }) => iteration === 5, max: 5 },
      )
      .then("sum", ({ state }) => state.sum)
      .build();
    const runs = await Promise.all(Array.from({ length: 50 }, (_, n) => plan.run(n)));
    expect(runs.map((run) => run._unsafeUnwrap().output)).toEqual(Array.from({ length: 50 }, (_, n) => 5 * n));
  });
});

describe("PV11 concurrency", () => {
  test.each([0, -1, 1.5, Number.NaN, "4", null])("%o is refused with the value and the range", (concurrency) => {
    const words = ["concurrency", "whole number from 1 up", String(concurrency)];
    refused(() => loose().parallel("p", { x: () => 1 }, { concurrency }), ...words, '"p"');
    refused(
      () =>
        loose().map(
          "m",
          () => [],
          () => 1,
          { concurrency },
        ),
      ...words,
    );
    refused(() => loose().routeAll("r", () => [], { x: () => 1 }, { concurrency }), ...words);
    refused(
      () =>
        workflow("w")
          .build()
          .run("", { concurrency: concurrency as never }),
      ...words,
    );
  });

  test("Infinity is allowed where it is said", async () => {
    const plan = loose()
      .map(
        "m",
        () => [1, 2],
        ({ last }: any) => last,
        { concurrency: Number.POSITIVE_INFINITY },
      )
      .build();
    expect((await plan.run("", { concurrency: Number.POSITIVE_INFINITY }))._unsafeUnwrap().output).toEqual([1, 2]);
  });
});

describe("PV12 retries, timeouts, backoff", () => {
  test.each([-1, 1.5, Number.NaN, "2", null])("retries %o", (retries) => {
    refused(() => loose().then("a", () => 1, { retries }), "retries", '"a"');
  });
  test.each([0, -1, Number.NaN, "9", null])("timeout %o", (timeout) => {
    refused(() => loose().then("a", () => 1, { timeout }), "timeout", '"a"');
    refused(() => loose().parallel("a", {}, { timeout }), "timeout", '"a"');
    refused(() => loose().tap("a", () => 1, { timeout }), "timeout", '"a"');
    refused(
      () =>
        workflow("w")
          .build()
          .run("", { timeout: timeout as never }),
      "timeout",
    );
  });
  test.each([
    ["max", [-1, 1.5, Number.NaN, undefined]],
    ["factor", [0, 0.5, Number.NaN, -2, Number.POSITIVE_INFINITY]],
    ["initial", [-1, Number.NaN, "5"]],
    ["cap", [-1, Number.NaN]],
    ["jitter", ["half", true]],
    ["when", [5, "always"]],
  ])("retries.%s", (name, values) => {
    for (const value of values) refused(() => loose().then("a", () => 1, { retries: { max: 1, [name]: value } }), `retries.${name}`, '"a"');
  });
  test.each([0, -1, 1.5, Number.NaN, "3"])("max of a loop: %o", (max) => {
    refused(() => loose().loop("l", () => 1, { until: () => true, max }), "max", '"l"');
  });
  test.each([-1, Number.NaN, "1"])("grace %o", (grace) => {
    refused(
      () =>
        workflow("w")
          .build()
          .run("", { grace: grace as never }),
      "grace",
    );
  });
});

describe("PV13 what is no function is refused when it is given", () => {
  const wrong = [undefined, null, 5, "fn", {}, []];
  test.each(wrong)("%o", (value) => {
    const w = () => loose();
    for (const call of [
      () => w().then("a", value),
      () => w().tap("a", value),
      () => w().branch("a", value, { yes: () => 1 }),
      () => w().branch("a", () => true, { yes: value }),
      () => w().route("a", value, { x: () => 1 }),
      () => w().routeAll("a", value, { x: () => 1 }),
      () => w().parallel("a", { x: value }),
      () => w().settle("a", { x: value }),
      () => w().race("a", { x: value }),
      () => w().route("a", () => "x", { x: value }),
      () => w().loop("a", value, { until: () => true }),
      () => w().loop("a", () => 1, { until: value }),
      () => w().map("a", value, () => 1),
      () => w().map("a", () => [], value),
      () => w().catch("a", value),
      () =>
        w().then(
          "a",
          step("s", () => 1),
          { input: value ?? 5 },
        ),
      () => w().then("a", () => 1, { output: value ?? 5 }),
      () => w().input(value ?? 5),
      () => w().output(value),
      () => w().use(value),
      () => w().parallel("a", value === undefined || Array.isArray(value) ? 5 : value),
      () => step("s", value as never),
      () => w().sleep("a", value === 5 ? -5 : value),
    ]) {
      // An empty object or array of arms is a group without arms, and fine.
      if (String(call).includes('parallel("a", value') && typeof value === "object" && value !== null) continue;
      refused(call);
    }
  });

  test("a workflow still being built, with the advice to build it", () => {
    refused(
      () =>
        loose().then(
          "a",
          loose("inner").then("x", () => 1),
        ),
      ".build()",
    );
    refused(() => loose().use(loose("inner")), "build()");
  });

  test("a flow that returns something else than what grew from its builder", () => {
    const other = loose("other").then("x", () => 1);
    for (const flow of [() => undefined, () => 5, () => other, (b: any) => b.then("z", () => 1).build, () => loose("q")])
      refused(() => loose().parallel("p", { x: { flow } }), "builder");
  });

  test("what belongs at the head of a workflow, inside a flow or after a step", () => {
    const declared = { "~standard": { version: 1, vendor: "t", validate: (value: unknown) => ({ value }) } };
    for (const declare of [
      (b: any) => b.state({ a: 1 }),
      (b: any) => b.input(declared),
      (b: any) => b.output(declared).then("i", () => 1),
      (b: any) => b.build(),
    ]) {
      refused(() => loose().parallel("p", { x: { flow: declare } }));
      refused(() => loose().parallel("p", { x: { flow: (b: any) => declare(b.then("z", () => 1)) } }));
    }
    refused(
      () =>
        loose()
          .then("a", () => 1)
          .state({}),
      "before the first step",
    );
    refused(
      () =>
        loose()
          .then("a", () => 1)
          .input(),
      "before the first step",
    );
    refused(() => loose().state({}).state({}), "once");
  });

  test("a sub-workflow's state: for plans only, and only keys that it declares", () => {
    const inner = loose("inner")
      .state({ hits: 0 })
      .then("i", () => 1)
      .build();
    const stateless = loose("stateless")
      .then("i", () => 1)
      .build();
    refused(() => loose().then("a", () => 1, { state: {} }), '"state"', '"a"');
    refused(() => loose().use(inner, { state: 5 }), '"state"', '"inner"');
    refused(() => loose().use(inner, { state: { hit: 1 } }), '"hit"', '"hits"');
    refused(() => loose().use(stateless, { state: { a: 1 } }), '"stateless"');
  });
});

test.each([
  ["text", "zzz"],
  ["undefined", undefined],
  ["null", null],
  ["a number", 5],
  ["a symbol", Symbol("s")],
  ["an object", {}],
])("PV14 a selector without a matching arm, %s: no_route with the step and the key, never undefined", async (_, key) => {
  const plan = loose()
    .route("pick", () => key, { a: () => 1 })
    .build();
  expect((await plan.run(""))._unsafeUnwrapErr()).toMatchObject({ type: "no_route", step: "pick", path: "pick", route: key });
  const several = loose()
    .routeAll("pick", () => ["a", key], { a: () => 1 })
    .build();
  expect((await several.run(""))._unsafeUnwrapErr()).toMatchObject({ type: "no_route", step: "pick", route: key });
});

describe("PV16 the fingerprint", () => {
  const build = (change: { name?: string; order?: boolean; kind?: string; nested?: boolean; prompt?: string } = {}) => {
    const [one, two] = change.order === true ? ["b", "a"] : ["a", "b"];
    const chain = loose(change.name ?? "w")
      .then(one, () => change.prompt)
      .then(two, () => 1, { retries: change.prompt === undefined ? 0 : 3 });
    const arm = change.nested === true ? { flow: (b: any) => b.then("i", () => 1) } : () => 1;
    return chain[change.kind ?? "parallel"]("g", { x: arm }).build().fingerprint as string;
  };

  test("is the same in another process", () => {
    const index = fileURLToPath(new URL("../../src/builder/start.ts", import.meta.url));
    const code = `import { workflow } from ${JSON.stringify(index)}; console.log(workflow("w").then("a", () => 1).then("b", () => 1).parallel("g", { x: () => 1 }).build().fingerprint)`;
    const other = execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }).trim();
    expect(other).toBe(build());
  });

  test("covers names, order, kinds and nesting, and nothing else", () => {
    const all = [build(), build({ name: "v" }), build({ order: true }), build({ kind: "settle" }), build({ nested: true })];
    expect(new Set(all).size).toBe(all.length);
    expect(build({ prompt: "another" })).toBe(build());
    expect(build()).toMatch(/^[0-9a-f]{32}$/);
  });

  test("does not depend on the order in which options were written", () => {
    const one = loose()
      .then("a", () => 1, { timeout: 5, retries: 1 })
      .build();
    const other = loose()
      .then("a", () => 1, { retries: 1, timeout: 5 })
      .build();
    expect(one.fingerprint).toBe(other.fingerprint);
  });
});

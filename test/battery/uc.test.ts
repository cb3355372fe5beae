// User code that misbehaves. UC03's idempotency-key function
// does not exist, and its prompt builder is the `input` of a step() value here, of an agent in test/agent.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { step, workflow } from "heddle";
import { memoryJournal } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { identity } from "../support/identity.ts";
import { loose } from "../support/loose.ts";
import { sleep, unhandledIn } from "../support/promises.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const start = fileURLToPath(new URL("../../src/builder/start.ts", import.meta.url));
const angry: ProxyHandler<object> = Object.fromEntries(
  Reflect.ownKeys(Reflect)
    .filter((key) => typeof key === "string")
    .map((trap) => [
      trap,
      () => {
        throw new Error(`trap ${String(trap)}`);
      },
    ]),
);
const hostile = () => new Proxy({}, angry);
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const getter = () =>
  Object.defineProperties(new Error("x"), {
    message: {
      get() {
        throw new Error("message");
      },
    },
    stack: {
      get() {
        throw new Error("stack");
      },
    },
    name: {
      get() {
        throw new Error("name");
      },
    },
  });
const thrown: readonly (readonly [string, () => unknown])[] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["text", () => "text"],
  ["a number", () => 0],
  ["false", () => false],
  ["a symbol", () => Symbol("s")],
  ["a bigint", () => 5n],
  ["a function", () => () => 1],
  ["a frozen error", () => Object.freeze(new Error("frozen"))],
  ["a hostile proxy", hostile],
  ["a revoked proxy", revoked],
  ["an error with throwing getters", getter],
  ["a function proxy", () => new Proxy(() => 1, angry)],
  ["an object without prototype", () => Object.create(null)],
  ["an error of another realm", () => vm.runInNewContext("new Error('other')")],
  ["an abort error", () => new DOMException("stop", "AbortError")],
  ["a timeout error", () => new DOMException("late", "TimeoutError")],
];

describe.each(thrown)("UC02 throwing %s", (_, make) => {
  const error = make();
  const throws = () => {
    throw error;
  };
  test.each([
    ["at once", throws],
    ["later", async () => throws()],
    ["as a rejection", () => Promise.reject(error)],
  ])("%s", async (_how, fn) => {
    const events: string[] = [];
    const result = await loose()
      .then("a", fn)
      .build()
      .run("", { observe: ({ type }: any) => events.push(type) });
    const failure = result._unsafeUnwrapErr();
    expect(failure.type).toBe("step_failed");
    expect(failure.threw).toBe(true);
    expect(failure.path).toBe("a");
    expect(Object.is(failure.cause, error)).toBe(true);
    expect(typeof failure.message).toBe("string");
    expect(events).toEqual(["run.started", "step.started", "step.failed", "run.failed"]);
  });

  test("in every place that takes user code, and through retries, catch, settle and race", async () => {
    const p = { max: 1, initial: 0, when: () => true };
    const chains = [
      loose().then("a", throws, { retries: p }),
      loose().tap("a", throws),
      loose().parallel("g", { a: throws, b: () => 1 }),
      loose().race("g", { a: throws, b: throws }),
      loose().branch("a", throws, { yes: () => 1 }),
      loose().route("a", throws, { x: () => 1 }),
      loose().routeAll("a", throws, { x: () => 1 }),
      loose().loop("a", throws, { until: () => true }),
      loose().loop("a", () => 1, { until: throws }),
      loose().map("a", throws, () => 1),
      loose().map("g", () => [1], throws),
      loose().map(
        "a",
        () => ({ [Symbol.iterator]: throws }),
        () => 1,
      ),
      loose().map(
        "a",
        () => ({ [Symbol.iterator]: () => ({ next: throws }) }),
        () => 1,
      ),
      loose().map(
        "a",
        () => ({ [Symbol.asyncIterator]: () => ({ next: throws }) }),
        () => 1,
      ),
      loose()
        .then("x", () => {
          throw 1;
        })
        .catch("a", throws),
      loose().then(
        "a",
        step("s", () => 1),
        { input: throws },
      ),
      loose().then("a", loose("sub").then("i", throws).build(), { retries: p }),
      loose().then(
        "a",
        () => {
          throw 1;
        },
        { retries: { max: 1, when: throws } },
      ),
      loose().use(
        loose("a")
          .state({ k: 1 })
          .then("i", () => 1)
          .build(),
        { state: throws },
      ),
      loose().sleep("a", throws),
    ];
    for (const chain of chains) {
      const failure = (await chain.build().run(""))._unsafeUnwrapErr();
      expect(failure.type).toBe("step_failed");
      expect(identity.isSame(failure.cause, error)).toBe(true);
    }
    const held = (
      await loose()
        .settle("s", { a: throws })
        .then("b", throws)
        .catch("c", ({ failure }: any) => [failure.cause])
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(held.steps.a.ok).toBe(false);
    expect(identity.isSame(held.steps.a.error.cause, error)).toBe(true);
    expect(identity.isSame(held.output[0], error)).toBe(true);
  });
});

describe("UC02 handing back what cannot be handled", () => {
  const values: readonly (readonly [string, () => unknown])[] = [
    ["a hostile proxy", hostile],
    ["a revoked proxy", revoked],
    [
      "an array whose iterator throws",
      () =>
        Object.defineProperty([1], Symbol.iterator, {
          get() {
            throw new Error("iterator");
          },
        }),
    ],
    ["an array proxy", () => new Proxy([1], angry)],
    [
      "a date that throws",
      () =>
        Object.defineProperty(new Date(), "getTime", {
          value: () => {
            throw new Error("time");
          },
        }),
    ],
  ];
  test.each(values)("%s never ends in an exception", async (_, make) => {
    const value = make();
    const give = () => value;
    const once = () => {
      let asked = 0;
      return { next: () => (asked++ === 0 ? value : { done: true }) };
    };
    for (const chain of [
      loose().then("a", give),
      loose()
        .then("a", async () => [value])
        .then("b", ({ last }: any) => last[0]),
      loose().branch("a", give, { yes: () => 1 }),
      loose().route("a", give, { x: () => 1 }),
      loose().routeAll("a", give, { x: () => 1 }),
      loose().routeAll("a", () => [value], { x: () => 1 }),
      loose().loop("a", () => 1, { until: give }),
      loose().map("a", give, () => 1),
      loose().map(
        "a",
        () => ({ [Symbol.iterator]: give }),
        () => 1,
      ),
      loose().map(
        "a",
        () => ({ [Symbol.asyncIterator]: once }),
        () => 1,
      ),
      loose().map(
        "a",
        () => ({ [Symbol.iterator]: once }),
        () => 1,
      ),
      loose().use(
        loose("a")
          .state({ k: 1 })
          .then("i", () => 1)
          .build(),
        { state: give },
      ),
      loose().sleep("a", give),
      loose()
        .state({ k: 1 })
        .then("a", ({ set }: any) => set(value)),
      loose().then(
        "a",
        () => {
          throw 1;
        },
        { retries: { max: 1, initial: 0, when: give } },
      ),
      loose()
        .state({ k: 1 }, { merge: { k: give } })
        .parallel("g", { x: ({ set }: any) => set({ k: 2 }), y: ({ set }: any) => set({ k: 2 }) }),
      loose().routeBy("a", "kind", { x: () => 1 }),
    ]) {
      const result = await chain.build().run(chain.name === "w" ? value : "");
      expect(typeof result.isOk()).toBe("boolean");
    }
  });
});

test("UC03 what a hook throws belongs to that hook and its step", async () => {
  const boom = new Error("boom");
  const throws = () => {
    throw boom;
  };
  const cases: readonly (readonly [any, string, string])[] = [
    [loose().branch("a", throws, { yes: () => 1 }), "a", "condition"],
    [loose().route("a", throws, { x: () => 1 }), "a", "selector"],
    [loose().routeAll("a", throws, { x: () => 1 }), "a", "selector"],
    [loose().loop("a", () => 1, { until: throws }), "a#1", "until"],
    [loose().map("a", throws, () => 1), "a", "items"],
    [
      loose().then(
        "a",
        step("s", () => 1),
        { input: throws },
      ),
      "a",
      "input",
    ],
    [
      loose().use(
        loose("a")
          .state({ k: 1 })
          .then("i", () => 1)
          .build(),
        { state: throws },
      ),
      "a",
      "state",
    ],
    [
      loose().then(
        "a",
        () => {
          throw 1;
        },
        { retries: { max: 1, when: throws } },
      ),
      "a",
      "when",
    ],
    [
      loose()
        .state({ k: 1 }, { merge: { k: throws } })
        .parallel("a", { x: ({ set }: any) => set({ k: 2 }), y: ({ set }: any) => set({ k: 3 }) }),
      "a",
      "merge",
    ],
  ];
  for (const [chain, path, word] of cases) {
    const failure = (await chain.build().run(""))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", threw: true, step: "a", path });
    expect(failure.cause).toBe(boom);
    expect(failure.message).toContain(word);
  }
});

test("UC04 a step that never settles is seen as running, and the run can still be cancelled", async () => {
  const clock = new VirtualClock();
  const types: string[] = [];
  const handle = workflow("w")
    .then("stuck", () => new Promise(() => {}))
    .build()
    .start("", { clock, observe: (event) => void types.push(`${event.type} ${event.path}`) });
  await clock.advance(3_600_000);
  expect(types).toEqual(["run.started ", "step.started stuck"]);
  handle.cancel("enough");
  const failure = (await clock.until(handle.result))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "cancelled", reason: "enough" });
  expect(failure.trace).toMatchObject([{ path: "stuck", status: "cancelled" }]);
  expect(clock.pending).toBe(0);
});

describe("UC05 thenables that misbehave: the first settlement counts, once", () => {
  type Then = (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => void;
  const cases: readonly (readonly [string, Then, string])[] = [
    [
      "throws in then",
      () => {
        throw new Error("then");
      },
      "step_failed",
    ],
    [
      "resolves twice",
      (resolve) => {
        resolve(1);
        resolve(2);
      },
      "1",
    ],
    [
      "resolves, then rejects",
      (resolve, reject) => {
        resolve(1);
        reject(new Error("no"));
      },
      "1",
    ],
    [
      "rejects, then resolves",
      (resolve, reject) => {
        reject(new Error("no"));
        resolve(1);
      },
      "step_failed",
    ],
    [
      "resolves, then throws",
      (resolve) => {
        resolve(1);
        throw new Error("late");
      },
      "1",
    ],
    [
      "resolves at once and later",
      (resolve) => {
        resolve(1);
        setTimeout(() => resolve(2), 1);
      },
      "1",
    ],
  ];
  test.each(cases)("%s", async (_, then, expected) => {
    const foreign = () => ({ then });
    // A promise of our own realm, with a `then` of its own: `await` ignores it, and so must we.
    const disguised = () => Object.assign(Promise.resolve(1), { then });
    for (const [make, outcome] of [
      [foreign, expected],
      [disguised, "1"],
    ] as const) {
      for (const chain of [
        loose().then("a", make),
        loose().then("a", make, { output: { "~standard": { version: 1, vendor: "t", validate: (value: unknown) => ({ value }) } } }),
        loose().then(
          "a",
          step("s", (n: number) => n),
          { input: make },
        ),
      ]) {
        const events: string[] = [];
        const result = await chain
          .then("b", async ({ last }: any) => last)
          .build()
          .run("", { observe: ({ type }: any) => events.push(type) });
        expect(result.isOk() ? String(result.value.output) : result.error.type).toBe(outcome);
        expect(events.filter((type) => type.startsWith("run."))).toHaveLength(2);
        expect(events.filter((type) => type === "step.completed" || type === "step.failed")).toHaveLength(outcome === "1" ? 2 : 1);
      }
    }
  });

  test("never calls back: it is a step that never settles", async () => {
    const clock = new VirtualClock();
    const result = loose()
      .then("a", () => ({ then() {} }), { timeout: 5 })
      .build()
      .run("", { clock });
    expect(((await clock.until(result)) as any)._unsafeUnwrapErr().type).toBe("step_timed_out");
  });

  test("a builder: it says that it is no promise", async () => {
    const failure = (
      await loose()
        .then("a", () => loose("inner"))
        .build()
        .run("")
    )._unsafeUnwrapErr();
    expect(failure.cause.name).toBe("NotAPromiseError");
  });
});

test("UC07 in memory, outputs pass by identity: functions, symbols, proxies, getters that throw", async () => {
  const touchy = Object.defineProperty({}, "value", {
    enumerable: true,
    get() {
      throw new Error("touched");
    },
  });
  const proxy = new Proxy({ a: 1 }, {});
  for (const value of [touchy, proxy, () => 1, Symbol("s"), new Map(), class {}]) {
    const run = (
      await loose()
        .then("a", () => value)
        .then("b", async ({ last }: any) => last)
        .parallel("p", { x: ({ last }: any) => last })
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(run.steps.a).toBe(value);
    expect(run.output.x).toBe(value);
  }
});

test("UC07 in a durable run, what is no data fails its step, with the place in the value", async () => {
  const touchy = Object.defineProperty({}, "value", {
    enumerable: true,
    get() {
      throw new Error("touched");
    },
  });
  class Mine {
    readonly a = 1;
  }
  for (const value of [touchy, () => 1, Symbol("s"), class {}, new Mine(), new WeakMap(), Promise.resolve()]) {
    let after = 0;
    const plan = loose()
      .then("a", () => ({ list: [value] }))
      .then("b", () => after++)
      .build();
    const journal = memoryJournal();
    for (let life = 0; life < 2; life++) {
      const failure = (await plan.run("", { journal, runId: "r" }))._unsafeUnwrapErr();
      expect(failure).toMatchObject({ type: "not_serializable", step: "a", path: "a" });
      expect(failure.message).toContain("$.list[0]");
    }
    expect(after).toBe(0);
  }
});

test("UC08 errors with circular causes, long chains and endless messages stay cheap", async () => {
  const circular = new Error("circular");
  circular.cause = circular;
  let chain = new Error("0");
  for (let index = 1; index < 10_000; index++) chain = new Error(String(index), { cause: chain });
  for (const error of [circular, chain, new Error("x".repeat(50_000_000))]) {
    const failure = (
      await loose()
        .then("a", () => Promise.reject(error))
        .build()
        .run("")
    )._unsafeUnwrapErr();
    expect(failure.cause).toBe(error);
    expect(failure.message.length).toBeLessThan(5_000);
    expect(JSON.stringify(failure.trace).length).toBeLessThan(10_000);
  }
});

test("UC09 a promise that a step let go and that rejects after the run is the user's own, and harms no later run", async () => {
  const plan = loose()
    .then("a", () => void sleep(10).then(() => Promise.reject(new Error("detached"))))
    .build();
  const unhandled = await unhandledIn(async () => {
    expect((await plan.run("")).isOk()).toBe(true);
    await sleep(30);
    expect((await plan.run("")).isOk()).toBe(true);
    await sleep(30);
  });
  expect(unhandled.map((reason: any) => reason.message)).toEqual(["detached", "detached"]);
});

test("UC10 enumerable properties on Array.prototype and Object.prototype change nothing", () => {
  const code = `
    const { workflow } = await import(${JSON.stringify(start)});
    Array.prototype.foo = 1; Object.prototype.bar = "polluted";
    const plan = workflow("w").state({ n: 0 }).then("a", ({ set }) => { set({ n: 1 }); return 1; }).parallel("p", { x: () => 1, y: { flow: (b) => b.then("i", () => 2) } })
      .branch("b", () => true, { yes: () => 3 }).routeAll("r", () => ["k"], { k: () => 4 }).map("m", () => [1, 2], ({ last }) => last).loop("l", ({ last }) => last, { until: () => true }).then("end", ({ steps, state }) => [Object.keys(steps), Object.keys(state)]).build();
    const result = await plan.run("in");
    if (result.isErr()) throw new Error(result.error.message);
    console.log(JSON.stringify([result.value.output, result.value.steps.p, result.value.steps.m, plan.describe().steps.length, plan.toMermaid().includes("polluted")]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([[["a", "p", "x", "y", "i", "b", "r", "m", "l"], ["n"]], { x: 1, y: 2 }, [1, 2], 7, false]);
});

test("UC11 Results and errors of another copy or realm are told by their shape", async () => {
  const foreign = (good: boolean) => ({ isOk: () => good, isErr: () => !good, _unsafeUnwrap: () => 1, value: "v", error: "e" });
  expect(
    (
      await loose()
        .then("a", () => foreign(true))
        .build()
        .run("")
    )._unsafeUnwrap().output,
  ).toBe("v");
  expect(
    (
      await loose()
        .then("a", () => foreign(false))
        .build()
        .run("")
    )._unsafeUnwrapErr(),
  ).toMatchObject({ type: "step_failed", threw: false, cause: "e" });
  const other = vm.runInNewContext("Promise.resolve(7)");
  expect(
    (
      await loose()
        .then("a", () => other)
        .build()
        .run("")
    )._unsafeUnwrap().output,
  ).toBe(7);
  const rejecting = vm.runInNewContext("() => Promise.reject(new TypeError('there'))");
  expect((await loose().then("a", rejecting).build().run(""))._unsafeUnwrapErr()).toMatchObject({ type: "step_failed", threw: true });
});

test("UC12 an async generator and a record of promises are values like any other", async () => {
  const unhandled = await unhandledIn(async () => {
    async function* numbers() {
      yield 1;
    }
    const run = (
      await loose()
        .then("a", numbers)
        .map(
          "m",
          ({ last }: any) => last,
          ({ last }: any) => last + 1,
        )
        .then("p", () => {
          const p = Promise.reject(new Error("held"));
          p.catch(() => {});
          return { p };
        })
        .build()
        .run("")
    )._unsafeUnwrap();
    expect(run.steps.m).toEqual([2]);
    expect(run.output.p).toBeInstanceOf(Promise);
  });
  expect(unhandled).toEqual([]);
});

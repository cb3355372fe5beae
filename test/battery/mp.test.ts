// Maps and streams of items. MP10 is in test/durable.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { deferred, sleep, unhandledIn, untilAborted } from "../support/promises.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const map = (items: unknown, body: unknown, options: any = {}) =>
  loose().map("m", typeof items === "function" ? items : () => items, body, options);

test("MP01 random delays, concurrency 8: results in the order of the items", async () => {
  const items = Array.from({ length: 200 }, (_, index) => index);
  const run = (
    await map(
      items,
      async ({ last, index }: any) => {
        await sleep(Math.random() * 4);
        return [last, index];
      },
      { concurrency: 8 },
    )
      .build()
      .run("")
  )._unsafeUnwrap();
  expect(run.output).toEqual(items.map((index) => [index, index]));
});

test.each([
  ["asynchronous", true],
  ["synchronous", false],
])("MP02 an %s source is never asked for more than there is room for", async (_, remote) => {
  let pulled = 0;
  let done = 0;
  let ahead = 0;
  const source = function* () {
    for (let index = 0; index < 50; index++) {
      pulled++;
      ahead = Math.max(ahead, pulled - done);
      yield index;
    }
  };
  const asynchronous = async function* () {
    yield* source();
  };
  const run = (
    await map(
      remote ? asynchronous : source,
      {
        flow: (b: any) =>
          b
            .then("i", () => sleep(1))
            .then("j", () => {
              done++;
            }),
      },
      { concurrency: 2 },
    )
      .build()
      .run("")
  )._unsafeUnwrap();
  expect(run.output).toHaveLength(50);
  expect(ahead).toBeLessThanOrEqual(3);
});

describe("MP03 the source fails", () => {
  const boom = new Error("source");
  const source = (at: number, remote: boolean) => {
    const items = function* () {
      for (let index = 1; ; index++) {
        if (index === at) throw boom;
        yield index;
      }
    };
    return remote
      ? async function* () {
          yield* items();
        }
      : items;
  };
  test.each([
    [1, false],
    [1, true],
    [2, false],
    [2, true],
  ])("at item %i (asynchronous: %s): its error, and what was started is aborted", async (at, remote) => {
    const reasons: any[] = [];
    const failure = (
      await map(source(at, remote), ({ signal }: any) =>
        untilAborted(signal).catch((reason) => {
          reasons.push(reason);
          throw reason;
        }),
      )
        .build()
        .run("")
    )._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", threw: true, step: "m", path: "m", message: expect.stringContaining("items") });
    expect(failure.cause).toBe(boom);
    expect(reasons).toHaveLength(at - 1);
    for (const reason of reasons) expect(reason.name).toBe("AbortError");
  });
  test("after a body failed: the body's error", async () => {
    let closed = false;
    const items = async function* () {
      try {
        yield 1;
        await sleep(5);
        throw boom;
      } finally {
        closed = true;
      }
    };
    const failure = (
      await map(items, async () => {
        await sleep(2);
        throw new Error("body");
      })
        .build()
        .run("")
    )._unsafeUnwrapErr();
    expect([failure.cause.message, failure.path, closed]).toEqual(["body", "m[0]", true]);
    expect(failure.suppressed.map(({ cause }: any) => cause)).toEqual([boom]);
  });
});

test("MP05 1,000,000 items from an asynchronous generator: what is alive grows by the outputs' 8 MB and little more", () => {
  const start = fileURLToPath(new URL("../../src/builder/start.ts", import.meta.url));
  const code = `import { workflow } from ${JSON.stringify(start)};
    const alive = () => { gc(); return process.memoryUsage().heapUsed; };
    async function* items() { for (let index = 0; index < 1_000_000; index++) yield index; }
    const before = alive();
    let most = 0;
    const result = await workflow("w").map("m", items, ({ index }) => { if (index % 200_000 === 199_999) most = Math.max(most, alive() - before); }).build().run("");
    console.log(result.isOk() && result.value.output.length === 1_000_000 && most < 50e6);`;
  expect(execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", code], { encoding: "utf8" }).trim()).toBe("true");
}, 30_000);

describe("MP06 a source without end", () => {
  test("cancelled after 1,000 items: it stops, and the source is closed", async () => {
    const controller = new AbortController();
    let closed = false;
    const items = async function* () {
      try {
        for (let index = 0; ; index++) yield index;
      } finally {
        await sleep(5);
        closed = true;
      }
    };
    let bodies = 0;
    const failure = (
      await map(items, () => {
        if (++bodies === 1_000) controller.abort("enough");
      })
        .build()
        .run("", { signal: controller.signal })
    )._unsafeUnwrapErr();
    expect([failure.type, bodies, closed]).toEqual(["cancelled", 1_000, true]);
  });
  test("also when next() never settles, and when closing throws", async () => {
    const clock = new VirtualClock();
    let closed = 0;
    const stuck = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          closed++;
          throw new Error("closing");
        },
      }),
    };
    const failure = (
      (await clock.until(
        map(stuck, () => 1)
          .build()
          .run("", { clock, timeout: 100, grace: 50 }),
      )) as any
    )._unsafeUnwrapErr();
    expect([failure.type, clock.now(), closed]).toEqual(["run_timed_out", 150, 1]);
    expect(failure.suppressed).toMatchObject([{ cause: { message: "closing" } }]);
  });
  test("a source that waits for what the items do gets there with one permit", async () => {
    const done = deferred();
    const items = async function* () {
      yield 1;
      await done.promise;
      yield 2;
    };
    expect(
      (
        await map(items, ({ last }: any) => {
          if (last === 1) done.resolve();
          return last;
        })
          .build()
          .run("", { concurrency: 1 })
      )._unsafeUnwrap().output,
    ).toEqual([1, 2]);
  });
});

test("MP07 what can be mapped over", async () => {
  const echo = ({ last, index }: any) => [index, last];
  const outputs = async (items: unknown) => (await map(items, echo).build().run(""))._unsafeUnwrap().output;
  expect(await outputs("h🧵")).toEqual([
    [0, "h"],
    [1, "🧵"],
  ]);
  expect(await outputs([1, , 3])).toEqual([
    [0, 1],
    [1, undefined],
    [2, 3],
  ]);
  expect(await outputs(new Set(["a"]))).toEqual([[0, "a"]]);
  expect(await outputs(new Uint8Array([7]))).toEqual([[0, 7]]);
  expect(await outputs(new Map([["k", 1]]))).toEqual([[0, ["k", 1]]]);
  expect(await outputs(Promise.resolve([5]))).toEqual([[0, 5]]);
});

test.each([
  ["nothing", [null, undefined]],
  ["no collections", [5, {}, { length: 2 }, true]],
  ["functions", [() => [1]]],
])("MP07 what cannot be mapped over: %s", async (_, given) => {
  for (const items of given) {
    const failure = (
      await loose()
        .map(
          "m",
          () => items,
          ({ last }: any) => last,
        )
        .build()
        .run("")
    )._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "step_failed", step: "m", path: "m", message: expect.stringContaining("iterable") });
  }
});

test("MP08 a body that adds to the array it came from does not go on for ever", async () => {
  const items = [1, 2];
  expect(
    (
      await map(items, ({ last }: any) => {
        items.push(last);
        return last;
      })
        .build()
        .run("")
    )._unsafeUnwrap().output,
  ).toEqual([1, 2]);
});

test("MP09 bodies that throw at once, without a limit: one failure, nothing unhandled", async () => {
  const unhandled = await unhandledIn(async () => {
    for (const body of [
      () => {
        throw new Error("no");
      },
      async () => {
        throw new Error("no");
      },
    ]) {
      const failure = (
        await map(Array(100).fill(1), body, { concurrency: Number.POSITIVE_INFINITY })
          .build()
          .run("", { concurrency: Number.POSITIVE_INFINITY })
      )._unsafeUnwrapErr();
      expect([failure.path, failure.cause.message]).toEqual(["m[0]", "no"]);
    }
  });
  expect(unhandled).toEqual([]);
});

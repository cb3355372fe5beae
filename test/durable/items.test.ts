import { setTimeout as delay } from "node:timers/promises";
import { ok } from "neverthrow";
import { expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";

test("an asynchronous source is recorded whole before its first item begins, and a resume asks it for nothing", async () => {
  const journal = memoryJournal();
  const heard: string[] = [];
  const plan = () =>
    workflow("paged")
      .map(
        "each",
        async function* () {
          for (const item of [1, 2, 3]) {
            heard.push(`pulled ${item}`);
            await delay(1);
            yield { item, when: new Date(item) };
          }
          heard.push("ended");
        },
        { flow: (b) => b.tap("note", ({ last }) => void heard.push(`item ${last.item}`)).waitFor(`sure`, z.boolean()) },
      )
      .build();
  const first = (await plan().run("x", { journal, runId: "r", concurrency: 1 }))._unsafeUnwrapErr();
  expect(first).toMatchObject({ type: "suspended", waits: [{ path: "each[0]/sure" }, { path: "each[1]/sure" }, { path: "each[2]/sure" }] });
  expect(heard).toEqual(["pulled 1", "pulled 2", "pulled 3", "ended", "item 1", "item 2", "item 3"]);
  for (const index of [2, 0, 1]) await plan().answer("r", "sure", index !== 1, { journal, path: `each[${index}]/sure` });
  expect((await plan().resume("r", { journal }))._unsafeUnwrap().output).toEqual([true, false, true]);
  expect(heard).toHaveLength(7);
});

test("items in a Result, in a promise and in any iterable are the same with a journal as without", async () => {
  const sources = {
    array: () => [1, 2],
    result: () => ok([1, 2]) as unknown as number[],
    set: async () => new Set([1, 2]),
    generator: function* () {
      yield* [1, 2];
    },
    asynchronous: async function* () {
      yield* [1, 2];
    },
    results: () => ok(new Set([1, 2])) as unknown as number[],
    text: () => "12" as unknown as number[],
  };
  for (const [name, source] of Object.entries(sources)) {
    const plan = workflow(name)
      .map("each", source as () => number[], ({ last }) => Number(last) * 2)
      .build();
    const plain = await plan.run("x");
    const durable = await plan.run("x", { journal: memoryJournal() });
    expect([name, plain.isOk() ? plain.value.output : plain.error.type]).toEqual([
      name,
      durable.isOk() ? durable.value.output : durable.error.type,
    ]);
  }
});

test("a source that fails fails the map, live and in a replay, and is not asked again", async () => {
  const journal = memoryJournal();
  let pulled = 0;
  const plan = workflow("broken")
    .map(
      "each",
      async function* () {
        pulled++;
        yield 1;
        throw new RangeError("no more pages");
      },
      ({ last }) => last,
    )
    .build();
  const failures = [
    (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr(),
    (await plan.resume("r", { journal }))._unsafeUnwrapErr(),
    (await plan.run("x"))._unsafeUnwrapErr(),
  ];
  for (const failure of failures)
    expect(failure).toMatchObject({ type: "step_failed", step: "each", path: "each", cause: { message: "no more pages" } });
  expect(new Set(failures.map(({ message }) => message)).size).toBe(1);
  expect(pulled).toBe(2);
});

test("an item that is no data is refused with its place, before any item begins", async () => {
  const begun: unknown[] = [];
  const failure = (
    await workflow("bad")
      .map(
        "each",
        async function* () {
          yield 1;
          yield { call: () => 1 };
        },
        ({ last }) => void begun.push(last),
      )
      .build()
      .run("x", { journal: memoryJournal() })
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "not_serializable", step: "each" });
  expect(failure.message).toContain("$[1].call");
  expect(begun).toEqual([]);
});

test("a cancel closes the source, waits until it has let go, and asks it no further", async () => {
  const heard: string[] = [];
  const handle = workflow("endless")
    .map(
      "each",
      async function* () {
        try {
          for (let item = 0; ; item++) {
            heard.push("pulled");
            await delay(5);
            yield item;
          }
        } finally {
          await delay(20);
          heard.push("closed");
        }
      },
      ({ last }) => last,
    )
    .build()
    .start("x", { journal: memoryJournal() });
  await delay(60);
  handle.cancel("enough");
  expect((await handle.result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
  expect(heard.at(-1)).toBe("closed");
  const { length } = heard;
  await delay(30);
  expect(heard).toHaveLength(length);
});

test("a source that waits for ever is left behind after the grace", async () => {
  let closed = 0;
  const handle = workflow("stuck")
    .map(
      "each",
      () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<IteratorResult<number>>(() => {}),
          return: async () => ({ done: true as const, value: closed++ }),
        }),
      }),
      ({ last }) => last,
    )
    .build()
    .start("x", { journal: memoryJournal(), grace: 20 });
  await delay(20);
  handle.cancel("enough");
  expect((await handle.result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled" });
  expect(closed).toBe(1);
}, 5_000);

test("a source without an end is told from one with many items, asynchronous or not", async () => {
  for (const endless of [true, false]) {
    let closed = 0;
    const failure = (
      await workflow("endless")
        .map(
          "each",
          endless
            ? async function* () {
                try {
                  for (;;) yield 1;
                } finally {
                  closed++;
                }
              }
            : function* () {
                try {
                  for (;;) yield 1;
                } finally {
                  closed++;
                }
              },
          ({ last }) => last,
        )
        .build()
        .run("x", { journal: memoryJournal() })
    )._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "not_serializable", step: "each", path: "each" });
    expect(failure.message).toContain("within 1,000,000");
    expect(closed).toBe(1);
  }
}, 30_000);

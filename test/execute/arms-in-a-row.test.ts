// Arms and items that are single calls, one after the other: what may not begin at once when the one before is over.
import { expect, test } from "vitest";
import { loose } from "../support/loose.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

test("the arms behind the winner of a race never begin", async () => {
  const begun: string[] = [];
  const arm = (name: string) => async () => {
    begun.push(name);
    return name;
  };
  const plan = loose()
    .race("r", { a: arm("a"), b: arm("b"), c: arm("c") }, { concurrency: 1 })
    .build();
  expect((await plan.run("x"))._unsafeUnwrap().output).toBe("a");
  expect(begun).toEqual(["a"]);
});

test.each([1, 2, 16])("each item is undone, the last one first, %i at a time", async (concurrency) => {
  const undone: number[] = [];
  const plan = loose()
    .map(
      "m",
      () => [0, 1, 2, 3, 4],
      { do: async ({ last }: any) => last, undo: (output: number) => void undone.push(output) },
      { concurrency },
    )
    .then("broken", () => {
      throw new Error("broken");
    })
    .build();
  expect((await plan.run("x")).isErr()).toBe(true);
  expect(undone).toEqual([4, 3, 2, 1, 0]);
});

test("an arm that fails undoes nothing of the arm before it", async () => {
  const undone: unknown[] = [];
  const plan = loose()
    .settle(
      "s",
      {
        a: { do: async () => "a", undo: (output: string) => void undone.push(output) },
        b: async () => {
          throw new Error("broken");
        },
      },
      { concurrency: 1 },
    )
    .build();
  const { a, b } = (await plan.run("x"))._unsafeUnwrap().output;
  expect(a).toEqual({ ok: true, value: "a" });
  expect(b.ok).toBe(false);
  expect(undone).toEqual([]);
});

test("a step that waits for the permit, and what it begins, go before the next item", async () => {
  const order: string[] = [];
  const step = (name: string) => async () => void order.push(name);
  const clock = new VirtualClock();
  const plan = loose()
    .parallel("p", {
      slept: {
        flow: (b: any) =>
          b
            .sleep("wake", 5)
            .then("s", step("s"))
            .parallel("q", { x: step("x"), y: step("y") }),
      },
      items: {
        flow: (b: any) =>
          b.map(
            "m",
            () => [0, 1, 2],
            async ({ last }: any) => {
              order.push(`item ${last}`);
              // The one that sleeps wakes up, and finds no permit.
              if (last === 0) await new Promise<void>((resolve) => clock.timer(10, resolve));
            },
          ),
      },
    })
    .build();
  (await clock.until<any>(plan.run("x", { clock, concurrency: 1 })))._unsafeUnwrap();
  expect(order).toEqual(["item 0", "s", "x", "y", "item 1", "item 2"]);
});

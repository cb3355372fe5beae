import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { step, workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";

test("a failure of a kind of the library's own is of that kind in a replay", async () => {
  const journal = memoryJournal();
  const plans = {
    output: workflow("output").then("a", () => 5 as unknown as string, { output: z.string() }),
    thrown: workflow("thrown").then("a", () => {
      throw Object.assign(new TypeError("no"), { code: 7 });
    }),
    nothing: workflow("nothing").then("a", () => {
      throw undefined;
    }),
    blamed: workflow("blamed").then(
      "a",
      step("s", () => 1),
      {
        input: () => {
          throw new RangeError("what for");
        },
      },
    ),
    refused: workflow("refused").then("a", () => () => 1),
  };
  for (const [runId, flow] of Object.entries(plans)) {
    const plan = flow.build();
    const live = (await plan.run("x", { journal, runId }))._unsafeUnwrapErr();
    const replayed = (await plan.resume(runId, { journal }))._unsafeUnwrapErr();
    expect(replayed).toEqual(live);
    const plain = runId === "refused" ? live : (await plan.run("x"))._unsafeUnwrapErr();
    expect([live.type, live.message]).toEqual([plain.type, plain.message]);
  }
});

test("a step that only answers an abort is cancelled in a replay too, and none of its answer is a failure of its own", async () => {
  const journal = memoryJournal();
  const plan = workflow("aborted")
    .parallel("both", {
      breaking: async () => {
        await delay(5);
        throw new Error("broken");
      },
      obeying: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
      failing: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("could not let go")))),
    })
    .build();
  const live = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
  const replayed = (await plan.resume("r", { journal }))._unsafeUnwrapErr();
  expect(live.suppressed.map(({ message }) => message)).toEqual([expect.stringContaining("could not let go")]);
  expect(replayed).toEqual(live);
});

test("an attempt that outlived its time and its grace stays left behind in every replay", async () => {
  const journal = memoryJournal();
  let begun = 0;
  const plan = workflow("left")
    .then(
      "deaf",
      () => {
        begun++;
        return new Promise<number>(() => {});
      },
      { timeout: 10, retries: { max: 1, initial: 1 } },
    )
    .catch("instead", () => 1)
    .waitFor("sure", z.boolean())
    .build();
  for (let life = 0; life < 2; life++)
    expect((await plan.run("x", { journal, runId: "r", grace: 10 }))._unsafeUnwrapErr().type).toBe("suspended");
  await plan.answer("r", "sure", true, { journal });
  expect((await plan.resume("r", { journal }))._unsafeUnwrap().output).toBe(true);
  expect(begun).toBe(2);
});

test("TO02 a late value of an attempt that was given up is in no journal", async () => {
  const journal = memoryJournal();
  const plan = workflow("late")
    .then(
      "slow",
      async () => {
        await delay(60);
        return "the late value";
      },
      { timeout: 10 },
    )
    .catch("instead", () => delay(100, "instead of it"))
    .build();
  const run = (await plan.run("x", { journal, runId: "r", grace: 10 }))._unsafeUnwrap();
  expect(run.output).toBe("instead of it");
  const records = (await journal.read("r"))._unsafeUnwrap();
  expect(records.length).toBeGreaterThan(4);
  expect(records.join("\n")).not.toContain("the late value");
  expect((await plan.resume("r", { journal }))._unsafeUnwrap()).toMatchObject({ output: "instead of it", trace: run.trace });
});

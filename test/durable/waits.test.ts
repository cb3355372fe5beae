// Answers by step and by path, where a step waits more than once: the same in memory and with a journal, from here and from elsewhere.
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";

const asking = () =>
  workflow("asking")
    .loop(
      "ask",
      { flow: (b) => b.waitFor("more", z.string(), { show: ({ last }) => last }) },
      { until: ({ last }) => last === "done", max: 5 },
    )
    .build();

describe.each(["in memory", "with a journal"])("%s", (where) => {
  const options = () => (where === "in memory" ? {} : { journal: memoryJournal() });

  test("each turn of a loop has an answer of its own, by the step's id; one that came too often goes nowhere", async () => {
    const handle = asking().start("x", options());
    expect((await handle.answer("more", "first"))._unsafeUnwrap()).toBeUndefined();
    await expect.poll(() => handle.waits).toMatchObject([{ path: "ask#2/more", shown: "first" }]);
    // The click that came twice names the turn that it saw.
    const late = await handle.answer("more", "first", { path: "ask#1/more" });
    expect(["answered", "no_such_wait"]).toContain(late._unsafeUnwrapErr().reason);
    expect((await handle.answer("more", "second"))._unsafeUnwrap()).toBeUndefined();
    await expect.poll(() => handle.waits).toMatchObject([{ path: "ask#3/more", shown: "second" }]);
    expect((await handle.answer("more", "second", { path: "ask#2/more" }))._unsafeUnwrapErr().reason).toBe("answered");
    expect((await handle.answer("more", "done", { path: "ask#3/more" }))._unsafeUnwrap()).toBeUndefined();
    expect((await handle.result)._unsafeUnwrap().output).toBe("done");
  });

  test("an answer ahead is for the first turn alone, and there is one", async () => {
    const plan = workflow("ahead")
      .then("slow", () => delay(20, "x"))
      .use(asking())
      .build();
    const handle = plan.start("x", options());
    (await handle.answer("more", "early"))._unsafeUnwrap();
    expect((await handle.answer("more", "again"))._unsafeUnwrapErr().reason).toBe("answered");
    await expect.poll(() => handle.waits).toMatchObject([{ path: "asking/ask#2/more", shown: "early" }]);
    (await handle.answer("more", "done"))._unsafeUnwrap();
    expect((await handle.result)._unsafeUnwrap().output).toBe("done");
  });

  test("a wait whose time is over says so, by its path and by its step", async () => {
    const plan = workflow("over")
      .waitFor("sure", z.boolean(), { timeout: 10 })
      .catch("instead", () => false)
      .waitFor("other", z.boolean())
      .build();
    const handle = plan.start("x", options());
    await expect.poll(() => handle.waits).toMatchObject([{ step: "other" }]);
    for (const path of [{ path: "sure" }, {}]) expect((await handle.answer("sure", true, path))._unsafeUnwrapErr().reason).toBe("over");
    (await handle.answer("other", true))._unsafeUnwrap();
    await handle.result;
  });
});

describe("from elsewhere", () => {
  const suspended = async (journal = memoryJournal()) => {
    const life = async () => {
      const run = await asking().run("x", { journal, runId: "r" });
      return run.match(
        ({ output }) => output,
        (failure) => ("waits" in failure ? failure.waits.map(({ path }) => path) : failure),
      );
    };
    const answer = async (value: string, path?: string) =>
      (await asking().answer("r", "more", value, { journal, ...(path !== undefined && { path }) })).match(
        () => "taken",
        ({ reason }) => reason,
      );
    return { life, answer, journal };
  };

  test("the second turn of a loop is answered by the step's id as the first was", async () => {
    const { life, answer, journal } = await suspended();
    expect(await life()).toEqual(["ask#1/more"]);
    expect(await answer("one")).toBe("taken");
    expect(await answer("one")).toBe("answered");
    expect(await life()).toEqual(["ask#2/more"]);
    expect(await answer("two", "ask#1/more")).toBe("answered");
    expect(await answer("two", "ask#3/more")).toBe("no_such_wait");
    expect(await answer("two")).toBe("taken");
    expect(await life()).toEqual(["ask#3/more"]);
    expect(await answer("done", "ask#3/more")).toBe("taken");
    expect(await life()).toBe("done");
    expect(await answer("done")).toBe("over");
    expect((await asking().answer("nobody", "more", "x", { journal }))._unsafeUnwrapErr().reason).toBe("no_such_run");
  });

  test("what came ahead of its wait is for the first turn, and no second one is taken before that", async () => {
    const journal = memoryJournal();
    const plan = workflow("ahead")
      .waitFor("go", z.boolean())
      .then("x", () => "x")
      .use(asking())
      .build();
    await plan.run("x", { journal, runId: "r" });
    (await plan.answer("r", "more", "early", { journal }))._unsafeUnwrap();
    expect((await plan.answer("r", "more", "again", { journal }))._unsafeUnwrapErr().reason).toBe("answered");
    (await plan.answer("r", "go", true, { journal }))._unsafeUnwrap();
    const failure = (await plan.resume("r", { journal }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "suspended", waits: [{ path: "asking/ask#2/more", shown: "early" }] });
    (await plan.answer("r", "more", "done", { journal }))._unsafeUnwrap();
    expect((await plan.resume("r", { journal }))._unsafeUnwrap().output).toBe("done");
  });

  test("of a map's waits, those without an answer are taken in turn, and a path names one", async () => {
    const journal = memoryJournal();
    const plan = workflow("items")
      .map("each", () => [0, 1, 2], { flow: (b) => b.waitFor("sure", z.string()) })
      .build();
    await plan.run("x", { journal, runId: "r" });
    const answer = async (value: string, path?: string) =>
      (await plan.answer("r", "sure", value, { journal, ...(path !== undefined && { path }) })).isOk();
    expect(await answer("middle", "each[1]/sure")).toBe(true);
    expect([await answer("a"), await answer("b"), await answer("c")]).toEqual([true, true, false]);
    expect((await plan.resume("r", { journal }))._unsafeUnwrap().output).toEqual(["a", "middle", "b"]);
  });

  test("an expired wait is over for whoever answers it afterwards", async () => {
    const journal = memoryJournal();
    const plan = workflow("over")
      .waitFor("sure", z.boolean(), { timeout: 10 })
      .catch("instead", () => false)
      .waitFor("other", z.boolean())
      .build();
    const handle = plan.start("x", { journal, runId: "r" });
    await expect.poll(() => handle.waits).toMatchObject([{ step: "other" }]);
    for (const path of [{ path: "sure" }, {}])
      expect((await plan.answer("r", "sure", true, { journal, ...path }))._unsafeUnwrapErr().reason).toBe("over");
    (await plan.answer("r", "other", true, { journal }))._unsafeUnwrap();
    expect((await handle.result)._unsafeUnwrap().output).toBe(true);
  });
});

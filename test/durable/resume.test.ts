import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { err, ok } from "neverthrow";
import { expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";

test("a durable run ends as any other, and gives what it gave when it is asked again", async () => {
  const journal = memoryJournal();
  const calls: string[] = [];
  const plan = workflow("first")
    .state({ hits: 0 })
    .then("a", ({ set, state }) => {
      calls.push("a");
      set({ hits: state.hits + 1 });
      return { when: new Date(5), tags: new Set(["x"]) };
    })
    .parallel("p", { x: () => 1, y: async () => "two", z: { flow: (b) => b.then("inner", ({ state }) => state.hits) } })
    .loop("l", ({ last }) => last, { until: ({ iteration }) => iteration === 2 })
    .map(
      "m",
      () => new Set([1, 2, 3]),
      ({ last }) => last * 2,
    )
    .then("end", ({ last, steps, state }) => {
      calls.push("end");
      return { last, tags: [...steps.a.tags], when: steps.a.when.getTime(), inner: steps.inner, hits: state.hits };
    })
    .build();
  const first = (await plan.run("x", { journal, runId: "r1" }))._unsafeUnwrap();
  expect(first.output).toEqual({ last: [2, 4, 6], tags: ["x"], when: 5, inner: 1, hits: 1 });
  const again = (await plan.run("x", { journal, runId: "r1" }))._unsafeUnwrap();
  expect(again.output).toEqual(first.output);
  expect(again.steps).toEqual(first.steps);
  expect(again.trace).toEqual(first.trace);
  expect(calls).toEqual(["a", "end"]);
  const resumed = (await plan.resume("r1", { journal }))._unsafeUnwrap();
  expect(resumed.output).toEqual(first.output);
  const other = (await plan.run("y", { journal, runId: "r1" }))._unsafeUnwrapErr();
  expect(other.type).toBe("run_exists");
  expect((await plan.resume("nope", { journal }))._unsafeUnwrapErr().type).toBe("run_not_found");
});

test("failures, retries and undo are the same in a replay, and nothing is done twice", async () => {
  const journal = memoryJournal();
  const calls: string[] = [];
  const plan = workflow("failing")
    .then("charge", () => (calls.push("charge"), 7), { undo: (output) => void calls.push(`undo ${output}`) })
    .then(
      "flaky",
      ({ attempt }) => {
        calls.push(`flaky ${attempt}`);
        return attempt < 3 ? err({ type: "again", attempt } as const) : ok(attempt);
      },
      { retries: { max: 3, initial: 1 } },
    )
    .then("boom", () => {
      throw new TypeError("boom");
    })
    .build();
  const first = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
  expect(first).toMatchObject({ type: "step_failed", step: "boom", threw: true });
  const once = [...calls];
  expect(once).toEqual(["charge", "flaky 1", "flaky 2", "flaky 3", "undo 7"]);
  const again = (await plan.resume("r", { journal }))._unsafeUnwrapErr();
  expect(again).toMatchObject({ type: "step_failed", step: "boom", threw: true, cause: { message: "boom" } });
  expect(again.cause).toBeInstanceOf(TypeError);
  expect(again.trace).toEqual(first.trace);
  expect(calls).toEqual(once);
});

test("a run that waits is suspended, and goes on with its answer in another run", async () => {
  const journal = memoryJournal();
  let drafts = 0;
  const plan = workflow("waiting")
    .then("draft", () => ++drafts)
    .waitFor("sure", z.boolean())
    .then("end", ({ last, steps }) => `${last} ${steps.draft}`)
    .build();
  expect((await plan.run("x", { journal, runId: "w" }))._unsafeUnwrapErr()).toMatchObject({ type: "suspended", step: "sure" });
  expect((await plan.run("x", { journal, runId: "w" }))._unsafeUnwrapErr()).toMatchObject({ type: "suspended", step: "sure" });
  const handle = plan.start("x", { journal, runId: "w" });
  await delay(20);
  expect((await handle.answer("sure", true)).isOk()).toBe(true);
  expect((await handle.result)._unsafeUnwrap().output).toBe("true 1");
  expect((await plan.resume("w", { journal }))._unsafeUnwrap().output).toBe("true 1");
  expect(drafts).toBe(1);
});

test("what is no data is refused before the step counts as done", async () => {
  const journal = memoryJournal();
  const failure = (
    await workflow("bad")
      .then("a", () => ({ items: [1, { callback: () => 1 }] }))
      .build()
      .run("x", { journal })
  )._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "not_serializable", step: "a" });
  expect(failure.message).toContain("$.items[1].callback");
});

test("another plan is told from the one that began the run", async () => {
  const journal = memoryJournal();
  const sure = (start: () => number) => workflow("changing").then("a", start).waitFor("sure", z.boolean()).build();
  const other = workflow("changing")
    .then("b", () => 1)
    .waitFor("sure", z.boolean())
    .build();
  await sure(() => 1).run("x", { journal, runId: "c" });
  const failure = (await other.resume("c", { journal }))._unsafeUnwrapErr();
  expect(failure.type).toBe("plan_changed");
  expect(failure.message).toContain('"a"');
});

test("sleeps, timeouts, races and cancels replay", async () => {
  const journal = memoryJournal();
  const plan = workflow("timed")
    .sleep("nap", 20)
    .race("r", { slow: ({ signal }) => delay(1_000, "slow", { signal }), quick: () => delay(5, "quick") })
    .settle("s", { late: { do: ({ signal }) => delay(1_000, 1, { signal }), timeout: 10 }, fine: () => 1 })
    .then("end", ({ last }) => [last.late.ok, last.fine.ok])
    .build();
  const first = (await plan.run("x", { journal, runId: "t" }))._unsafeUnwrap();
  expect(first.output).toEqual([false, true]);
  const from = performance.now();
  const again = (await plan.resume("t", { journal }))._unsafeUnwrap();
  expect(performance.now() - from).toBeLessThan(100);
  expect(again.output).toEqual([false, true]);
  expect(again.trace).toEqual(first.trace);
});

test("SW03 a wait in a sub-workflow: nothing before it runs again, and one approval is pending", async () => {
  const journal = memoryJournal();
  const calls: string[] = [];
  const note = (what: string) => () => void calls.push(what);
  const plan = () =>
    workflow("outer")
      .tap("before", note("before"))
      .use(workflow("inner").tap("earlier", note("earlier")).waitFor("approval", z.boolean()).tap("later", note("later")).build())
      .tap("after", note("after"))
      .build();
  expect((await plan().run("x", { journal, runId: "s" }))._unsafeUnwrapErr().type).toBe("suspended");
  // Another process has another plan object, and another door to the journal.
  const again = (await plan().resume("s", { journal: memoryJournal(journal) }))._unsafeUnwrapErr();
  expect(again).toMatchObject({ type: "suspended", waits: [{ step: "approval", path: "inner/approval" }] });
  expect((await plan().answer("s", "approval", true, { journal })).isOk()).toBe(true);
  expect((await plan().answer("s", "approval", false, { journal }))._unsafeUnwrapErr().reason).toBe("answered");
  expect((await plan().resume("s", { journal })).isOk()).toBe(true);
  expect(calls).toEqual(["before", "earlier", "later", "after"]);
  expect((await plan().answer("s", "approval", true, { journal }))._unsafeUnwrapErr().reason).toBe("over");
  expect((await plan().answer("nope", "approval", true, { journal }))._unsafeUnwrapErr().reason).toBe("no_such_run");
});

test("a journal that is closed under a run interrupts it: nothing is undone, and what is under way is told to stop", async () => {
  const journal = memoryJournal();
  const heard: string[] = [];
  const plan = workflow("broken")
    .then("charge", () => 1, { undo: () => void heard.push("undone") })
    .parallel("both", {
      closing: async () => {
        await delay(5);
        await journal.close();
      },
      waiting: ({ signal }) => delay(60_000, "late", { signal }).finally(() => heard.push("stopped")),
    })
    .build();
  const failure = (await plan.run("x", { journal }))._unsafeUnwrapErr();
  expect(failure.type).toBe("interrupted");
  expect(heard).toEqual(["stopped"]);
}, 5_000);

test("an input that is no data is refused before anything is kept", async () => {
  const journal = memoryJournal();
  const plan = workflow("input")
    .input<() => number>()
    .then("a", ({ last }) => last())
    .build();
  expect((await plan.run(() => 1, { journal, runId: "i" }))._unsafeUnwrapErr()).toMatchObject({ type: "not_serializable" });
  expect((await journal.find("i")).isErr()).toBe(true);
});

test("a journal that fails ends the run as journal_failed, undoes nothing, and tells what is under way to stop", async () => {
  const folder = await mkdtemp(join(tmpdir(), "heddle-durable-"));
  const file = join(folder, "runs.db");
  const journal = sqliteJournal(file);
  const heard: string[] = [];
  const plan = workflow("broken")
    .then("charge", () => 1, { undo: () => void heard.push("undone") })
    .parallel("both", {
      breaking: () => {
        const other = new DatabaseSync(file);
        other.exec("DROP TABLE records");
        other.close();
      },
      waiting: ({ signal }) => delay(60_000, "late", { signal }).finally(() => heard.push("stopped")),
    })
    .build();
  const failure = (await plan.run("x", { journal }))._unsafeUnwrapErr();
  expect(failure.type).toBe("journal_failed");
  expect(heard).toEqual(["stopped"]);
  await journal.close();
  await rm(folder, { recursive: true });
}, 10_000);

test("a run id that was never set is a mistake, and not a run that nobody knows", () => {
  const journal = memoryJournal();
  const plan = workflow("unset")
    .then("a", () => 1)
    .build();
  const unset = undefined as unknown as string;
  expect(() => plan.resume(unset, { journal })).toThrow("Expected the id of a run to resume, got undefined");
  expect(() => plan.rerun(unset, { from: "a", journal })).toThrow("Expected the id of a run to rerun, got undefined");
});

test("the process has its turns while many records are read", async () => {
  const journal = memoryJournal();
  const plan = workflow("long")
    .loop("l", ({ last }) => last, { until: ({ iteration }) => iteration === 20_000, max: 20_000 })
    .waitFor("sure", z.boolean())
    .build();
  await plan.run("x", { journal, runId: "r" });
  let turns = 0;
  let longest = 0;
  let reads = true;
  const from = performance.now();
  let before = from;
  const turn = () => {
    turns++;
    longest = Math.max(longest, performance.now() - before);
    before = performance.now();
    if (reads) setImmediate(turn);
  };
  setImmediate(turn);
  const observe = ({ type }: { readonly type: string }) => {
    if (type === "run.resumed") reads = false;
  };
  await plan.resume("r", { journal, observe });
  // Slices of 20 ms, of a replay that takes ten times that; what else the machine does may come between.
  expect(turns).toBeGreaterThan(4);
  expect(longest).toBeLessThan((before - from) / 2);
});

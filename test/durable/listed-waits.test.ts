// What runs wait for, as a list of a journal has it: without their plans, and without their records being read.

import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { sqliteJournal } from "heddle/sqlite";
import { memoryJournal } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { emptyFolders } from "../support/folders.ts";

const within = emptyFolders();
const hour = 3_600_000;

const each = workflow("each")
  .input(z.array(z.string()))
  .map("posts", ({ input }) => input, {
    flow: (b) => b.waitFor("approval", z.boolean(), { show: ({ last }) => ({ text: last, on: new Date(0) }), timeout: hour }),
  })
  .build();
const waits = async (journal: Journal, id: string) => (await journal.find(id))._unsafeUnwrap().waits;

describe.each([
  ["memory", () => memoryJournal()],
  ["SQLite", () => sqliteJournal(within("runs.db"))],
])("in %s", (_, open) => {
  test("each open wait, with what it shows and when it times out; without those that have an answer", async () => {
    await using journal = open();
    const from = Date.now();
    await each.run(["a", "b", "c"], { journal, runId: "r" });
    const listed = (await journal.runs({ status: "suspended" }))._unsafeUnwrap();
    expect(listed[0]?.waits).toEqual(
      ["a", "b", "c"].map((text, index) => ({
        step: "approval",
        path: `posts[${index}]/approval`,
        shown: { text, on: new Date(0) },
        expiresAt: expect.any(Number),
      })),
    );
    for (const { expiresAt } of listed[0]?.waits ?? []) {
      expect(expiresAt).toBeGreaterThanOrEqual(from + hour);
      expect(expiresAt).toBeLessThan(Date.now() + hour + 1);
    }
    expect(listed[0]?.unseen).toBe(false);
    await each.answer("r", "approval", true, { journal, path: "posts[1]/approval" });
    const answered = (await journal.find("r"))._unsafeUnwrap();
    expect([answered.unseen, answered.waits?.map(({ path }) => path)]).toEqual([true, ["posts[0]/approval", "posts[2]/approval"]]);
    await each.resume("r", { journal });
    const again = (await journal.find("r"))._unsafeUnwrap();
    expect([again.unseen, again.waits?.map(({ path }) => path)]).toEqual([false, ["posts[0]/approval", "posts[2]/approval"]]);
    for (const index of [0, 2]) await each.answer("r", "approval", true, { journal, path: `posts[${index}]/approval` });
    expect(await waits(journal, "r")).toEqual([]);
    expect((await each.resume("r", { journal })).isOk()).toBe(true);
    expect(await waits(journal, "r")).toBeUndefined();
  });

  test("a run that somebody works at is not listed as waiting, nor one that a plan of another shape was refused for changed", async () => {
    await using journal = open();
    const before = workflow("ask")
      .waitFor("sure", z.boolean(), { show: () => "?" })
      .build();
    const after = workflow("ask").waitFor("certain", z.boolean()).build();
    await before.run("x", { journal, runId: "r" });
    const listed = await waits(journal, "r");
    expect(listed).toMatchObject([{ path: "sure", shown: "?", expiresAt: undefined }]);
    expect((await after.resume("r", { journal }))._unsafeUnwrapErr().type).toBe("plan_changed");
    expect(await waits(journal, "r")).toEqual(listed);
    const handle = before.start("x", { journal, runId: "r" });
    await expect.poll(() => handle.waits).toHaveLength(1);
    expect(await waits(journal, "r")).toBeUndefined();
    handle.cancel("enough");
    await handle.result;
    expect(await waits(journal, "r")).toBeUndefined();
  });
});

test("a thousand runs that wait are listed at once, however much they have done, and nothing of them is left once they are deleted", async () => {
  const file = within("runs.db");
  await using journal = sqliteJournal(file);
  const plan = workflow("long")
    .map(
      "work",
      () => Array.from({ length: 50 }, (_, index) => index),
      ({ last }) => ({ last, text: "x".repeat(100) }),
    )
    .waitFor("sure", z.boolean(), { show: ({ input }) => input })
    .build();
  await Promise.all(
    Array.from({ length: 1_000 }, (_, index) => plan.run(`run ${index}`, { journal, runId: `r${index}`, concurrency: 50 })),
  );
  await pause(0);
  const from = performance.now();
  const listed = (await journal.runs({ status: "suspended" }))._unsafeUnwrap();
  const took = performance.now() - from;
  expect(listed.map(({ waits }) => waits?.[0]?.shown)).toEqual(listed.map((_, index) => `run ${index}`));
  // Some 40 ms on a quiet machine; reading the records of these runs takes seconds.
  expect(took).toBeLessThan(500);
  for (const { id } of listed.slice(0, 10)) (await journal.delete(id))._unsafeUnwrap();
  const database = new DatabaseSync(file);
  for (const table of ["runs", "waits"]) expect(database.prepare(`SELECT count(*) AS left FROM ${table}`).get()).toEqual({ left: 990 });
  database.close();
}, 60_000);

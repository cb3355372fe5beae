// The schema of a wait is another one after a deploy: what was taken stays taken, and what comes from then on is checked by the new one.
import { sqliteJournal } from "heddle/sqlite";
import { memoryJournal } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import { emptyFolders } from "../support/folders.ts";

const within = emptyFolders();
const before = workflow("post")
  .waitFor("first", z.string())
  .waitFor("approval", z.object({ on: z.string().transform((text) => new Date(text)) }))
  .then("end", ({ last }) => last)
  .build();
let asked = 0;
const after = workflow("post")
  .waitFor("first", z.string())
  .waitFor(
    "approval",
    z.object({ approved: z.boolean() }).refine(() => ++asked > 0),
  )
  .then("end", ({ last }) => last)
  .build();
const given = { on: "2026-01-02" };
const taken = { on: new Date("2026-01-02") };

describe.each([
  ["memory", () => memoryJournal()],
  ["SQLite", () => sqliteJournal(within("runs.db"))],
])("in %s", (_, open) => {
  test("an answer that was taken under the schema of before is handed on as it was taken, wherever the run was by then", async () => {
    await using journal = open();
    asked = 0;
    // Early; to an open wait, and seen by nobody yet; recorded, with the run left behind it.
    await before.run("x", { journal, runId: "early" });
    (await before.answer("early", "approval", given, { journal }))._unsafeUnwrap();
    await before.run("x", { journal, runId: "open" });
    await before.answer("open", "first", "1", { journal });
    await before.resume("open", { journal });
    (await before.answer("open", "approval", given, { journal }))._unsafeUnwrap();
    await after.answer("early", "first", "1", { journal });
    for (const runId of ["early", "open"]) {
      expect((await after.resume(runId, { journal }))._unsafeUnwrap().output).toEqual(taken);
      expect((await after.resume(runId, { journal }))._unsafeUnwrap().output).toEqual(taken);
    }
    expect(asked).toBe(0);
    // A rerun takes over what came before it.
    expect((await after.rerun("open", { from: "end", journal }))._unsafeUnwrap().output).toEqual(taken);
  });

  test("a wait that is open takes what the schema of now takes", async () => {
    await using journal = open();
    await before.run("x", { journal, runId: "r" });
    await before.answer("r", "first", "1", { journal });
    await before.resume("r", { journal });
    expect((await after.answer("r", "approval", given as never, { journal }))._unsafeUnwrapErr().reason).toBe("invalid");
    (await after.answer("r", "approval", { approved: true }, { journal }))._unsafeUnwrap();
    expect((await after.resume("r", { journal }))._unsafeUnwrap().output).toEqual({ approved: true });
  });
});

import { copyFileSync, readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { worker } from "heddle/server";
import { sqliteJournal } from "heddle/sqlite";
import { expect, test } from "vitest";
import { emptyFolders } from "../support/folders.ts";
import { fixturePlan } from "./fixtures/plan.ts";

const fixtures = new URL("fixtures/", import.meta.url);
const within = emptyFolders();
const files = readdirSync(fixtures).filter((name) => name.endsWith(".db"));

test("there is a journal of each version that was ever written", () => {
  expect(files).toEqual(["version-1.db", "version-2.db"]);
});

test.each(files)("DU27 %s opens, and all its runs go on", async (name) => {
  const file = within("runs.db");
  copyFileSync(new URL(name, fixtures), file);
  await using journal = sqliteJournal(file);
  const runs = (await journal.runs())._unsafeUnwrap();
  expect(runs.map(({ id, status, unseen, lostOwners }) => [id, status, unseen, lostOwners])).toEqual([
    ["waits", "suspended", false, 0],
    ["answered", "suspended", true, 0],
    ["done", "completed", false, 0],
    ["cancelled", "suspended", true, 0],
    ["enqueued", "running", false, 0],
  ]);
  // The first version did not keep what a run waits for beside its records.
  const open = [{ step: "approval", path: "approval", shown: "On looms", expiresAt: undefined }];
  expect(runs.map(({ waits }) => waits)).toEqual(
    name === "version-1.db" ? Array(5).fill(undefined) : [open, [], undefined, open, undefined],
  );
  await worker([fixturePlan], { journal, once: true }).closed;
  await fixturePlan.answer("waits", "approval", true, { journal });
  await fixturePlan.answer("enqueued", "approval", true, { journal });
  const output = (text: string, approved: boolean) => ({ text, on: new Date(0), approved });
  for (const [id, approved, text] of [
    ["waits", true, "On looms"],
    ["answered", false, "On looms"],
    ["done", true, "On looms"],
    ["enqueued", true, "On threads"],
  ] as const)
    expect((await fixturePlan.resume(id, { journal }))._unsafeUnwrap().output).toEqual(output(text, approved));
  expect((await fixturePlan.resume("cancelled", { journal }))._unsafeUnwrapErr()).toMatchObject({
    type: "cancelled",
    reason: "not needed",
  });
});

test("a run of an earlier version that waits again is listed with what it waits for", async () => {
  const file = within("runs.db");
  copyFileSync(new URL("version-1.db", fixtures), file);
  await using journal = sqliteJournal(file);
  await fixturePlan.resume("waits", { journal });
  expect((await journal.find("waits"))._unsafeUnwrap().waits).toMatchObject([{ path: "approval", shown: "On looms" }]);
});

test("two processes that migrate a file at once do it once", async () => {
  const file = within("runs.db");
  copyFileSync(new URL("version-1.db", fixtures), file);
  const journals = Array.from({ length: 4 }, () => sqliteJournal(file));
  const listed = await Promise.all(journals.map((journal) => journal.runs()));
  expect(listed.map((runs) => runs._unsafeUnwrap().length)).toEqual([5, 5, 5, 5]);
  await Promise.all(journals.map((journal) => journal.close()));
  const database = new DatabaseSync(file);
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 2 });
  expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  database.close();
});

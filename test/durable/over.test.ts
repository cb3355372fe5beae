import { DatabaseSync } from "node:sqlite";
import { sqliteJournal } from "heddle/sqlite";
import { expect, test } from "vitest";
import { workflow } from "../../src/index.ts";
import { emptyFolders } from "../support/folders.ts";

const within = emptyFolders();
const plan = workflow("short")
  .then("a", ({ last }) => `${last}!`)
  .build();

test("DU24 a run that is over gives what it gave while nothing can be written, and without a word to the file", async () => {
  const file = within("runs.db");
  await using journal = sqliteJournal(file);
  await plan.run("x", { journal, runId: "r" });
  const before = (await journal.find("r"))._unsafeUnwrap();
  const other = new DatabaseSync(file);
  // Whoever has to write waits ten seconds for this lock, and gives up.
  other.exec("BEGIN IMMEDIATE");
  const from = performance.now();
  expect((await plan.resume("r", { journal }))._unsafeUnwrap().output).toBe("x!");
  expect((await plan.run("x", { journal, runId: "r" }))._unsafeUnwrap().output).toBe("x!");
  expect((await plan.run("y", { journal, runId: "r" }))._unsafeUnwrapErr().type).toBe("run_exists");
  expect(performance.now() - from).toBeLessThan(5_000);
  other.exec("ROLLBACK");
  other.close();
  expect((await journal.find("r"))._unsafeUnwrap()).toEqual(before);
});

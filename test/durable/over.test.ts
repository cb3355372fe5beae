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

test("a run that is over and deleted while it is read is not there, and nothing of it runs again", async () => {
  await using journal = sqliteJournal(within("runs.db"));
  let ran = 0;
  const counted = workflow("counted")
    .then("a", () => ++ran)
    .build();
  await counted.run("x", { journal, runId: "r" });
  const read = journal.read.bind(journal);
  // Between the look at the run and the look at its records somebody prunes it.
  journal.read = async (...asked) => {
    (await journal.delete("r"))._unsafeUnwrap();
    return read(...asked);
  };
  expect((await counted.run("x", { journal, runId: "r" }))._unsafeUnwrapErr().type).toBe("run_not_found");
  expect(ran).toBe(1);
});

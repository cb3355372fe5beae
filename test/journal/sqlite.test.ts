import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { sqliteJournal } from "heddle/sqlite";
import { expect, test } from "vitest";
import { claimed, folder, newRun } from "./doors.ts";
import { child } from "./processes.ts";

test.each([
  ["a folder that is not there", (path: string) => `${path}/nowhere/runs.db`, /folder has to be there/],
  ["a folder", (path: string) => path, /folder has to be there/],
  ["no file", () => ":memory:", /":memory:", which is not the name of a file/],
  ["no name", () => "", /not the name of a file/],
  ["text", (path: string) => written(`${path}/text`, "x".repeat(5_000)), /damaged or something else/],
  ["a SQLite file of somebody else's", (path: string) => foreign(`${path}/foreign.db`), /a SQLite file of something else/],
  [
    "a journal of a later version",
    (path: string) => later(`${path}/later.db`),
    /version 99 of its format, of which this version of heddle knows 2/,
  ],
])("DU08 %s is a journal that failed, before anything happens", async (_, make, message) => {
  await using place = await folder();
  const file = make(place.path);
  const before = readdirSync(place.path);
  const journal = sqliteJournal(file);
  for (const answer of [await journal.claim(newRun("r")), await journal.runs(), await journal.send("r", "k", "v")])
    expect(answer._unsafeUnwrapErr()).toMatchObject({ type: "journal_failed", message: expect.stringMatching(message) });
  await journal.close();
  expect(readdirSync(place.path)).toEqual(before);
});

function written(file: string, text: string): string {
  writeFileSync(file, text);
  return file;
}

function foreign(file: string): string {
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE theirs (a)");
  database.close();
  return file;
}

function later(file: string): string {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA application_id = ${0x6864646c}; PRAGMA user_version = 99`);
  database.close();
  return file;
}

test("a stranger's file is left as it was", async () => {
  await using place = await folder();
  const file = foreign(`${place.path}/foreign.db`);
  const before = readFileSync(file);
  const journal = sqliteJournal(file);
  await journal.runs();
  await journal.close();
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("DU08 a file that may not be written", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const first = sqliteJournal(file);
  await claimed(first, newRun("r"));
  await first.close();
  chmodSync(file, 0o444);
  chmodSync(place.path, 0o555);
  // Nothing is forbidden to root, so it becomes somebody else meanwhile.
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    const journal = sqliteJournal(file);
    expect((await journal.claim("r"))._unsafeUnwrapErr()).toMatchObject({
      type: "journal_failed",
      message: expect.stringContaining("have to be writable"),
    });
    await journal.close();
  } finally {
    if (root) process.seteuid?.(0);
    chmodSync(place.path, 0o700);
  }
});

test("a damaged record is named", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const first = sqliteJournal(file);
  await (await claimed(first, newRun("r"))).append(["one", "two", "three"]);
  await first.close();
  const database = new DatabaseSync(file);
  database.exec("UPDATE records SET body = 'tvo' WHERE body = 'two'");
  const journal = sqliteJournal(file);
  expect((await journal.read("r"))._unsafeUnwrapErr().message).toContain('record 2 of run "r" damaged');
  expect((await journal.read("r", { from: 3 }))._unsafeUnwrap()).toEqual(["three"]);
  database.exec("DELETE FROM records WHERE body = 'tvo'");
  expect((await journal.read("r"))._unsafeUnwrapErr().message).toMatch(/record \d of run "r" damaged/);
  database.close();
  await journal.close();
});

test("a file that was cut short is a journal that failed", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const whole = sqliteJournal(file);
  await (await claimed(whole, newRun("r"))).append(Array.from({ length: 40 }, (_, index) => `record ${index} ${"x".repeat(300)}`));
  await whole.close();
  truncateSync(file, Math.floor(statSync(file).size / 2));
  const journal = sqliteJournal(file);
  const read = await journal.read("r");
  expect(read._unsafeUnwrapErr()).toMatchObject({ type: "journal_failed" });
  await journal.close();
});

test("after one failed commit the owner takes nothing more, and the next one goes on without a gap", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const journal = sqliteJournal(file);
  const owned = await claimed(journal, newRun("r"));
  await owned.append(["one"]);
  const database = new DatabaseSync(file);
  // SQLite refuses the write, as it does on a full disk.
  database.exec("CREATE TRIGGER full BEFORE INSERT ON records WHEN new.body = 'refused' BEGIN SELECT RAISE(ABORT, 'no room'); END");
  const other = await claimed(journal, newRun("another"));
  const [refused, after, neighbour] = await Promise.all([owned.append(["refused"]), owned.append(["after"]), other.append(["fine"])]);
  expect(refused._unsafeUnwrapErr()).toMatchObject({ type: "journal_failed", message: expect.stringContaining("no room") });
  expect(after._unsafeUnwrapErr().type).toBe("journal_failed");
  // Another run that happened to be written in the same tick does not suffer for it.
  expect(neighbour._unsafeUnwrap()).toBe(1);
  database.exec("DROP TRIGGER full");
  expect((await owned.append(["now"]))._unsafeUnwrapErr().type).toBe("journal_failed");
  await owned.release();
  const next = await claimed(journal, "r");
  expect((await next.append(["two"]))._unsafeUnwrap()).toBe(2);
  expect((await journal.read("r"))._unsafeUnwrap()).toEqual(["one", "two"]);
  database.close();
  await journal.close();
});

test("a process that locks the file for a while is waited for, and the event loop goes on", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const journal = sqliteJournal(file);
  const owned = await claimed(journal, newRun("r"));
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  let turns = 0;
  const turning = setInterval(() => turns++, 5);
  setTimeout(() => other.exec("ROLLBACK"), 600);
  expect((await owned.append(["a"]))._unsafeUnwrap()).toBe(1);
  clearInterval(turning);
  expect(turns).toBeGreaterThan(5);
  other.close();
  await journal.close();
});

test("batches of one tick are one write of the log", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const journal = sqliteJournal(file);
  const owned = await claimed(journal, newRun("r"));
  await owned.append(["warm"]);
  const before = statSync(`${file}-wal`).size;
  await Promise.all(Array.from({ length: 16 }, (_, index) => owned.append([`arm ${index}`])));
  const pages = (statSync(`${file}-wal`).size - before) / (4_096 + 24);
  // One commit writes each page once: the run's, its index and the records'. Sixteen would write at least 32.
  expect(pages).toBeLessThanOrEqual(6);
  await journal.close();
});

test("a process that ends without closing its journal leaves no lock beside it; `await using` closes", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  {
    await using journal = sqliteJournal(file);
    await claimed(journal, newRun("here"));
  }
  expect(readdirSync(place.path)).toEqual(["runs.db"]);
  await using other = child(["claim once", file, "there"]);
  await other.says("won");
  expect(readdirSync(place.path).filter((name) => name.includes("-owner-"))).toHaveLength(1);
  other.process.stdin?.write("go\n");
  await once(other.process, "exit");
  expect(readdirSync(place.path).filter((name) => name.includes("-owner-"))).toEqual([]);
});

test("a journal without a path is a mistake where it is made", () => {
  expect(() => sqliteJournal(undefined as unknown as string)).toThrow(
    'Expected the path of a journal\'s file, got undefined: such as sqliteJournal("runs.db")',
  );
});

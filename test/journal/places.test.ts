// Where the file is, by which name it is known, and what else is done with it while runs go on.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { sqliteJournal } from "heddle/sqlite";
import { expect, test } from "vitest";
import { BuildError, workflow } from "../../src/index.ts";
import { emptyFolders } from "../support/folders.ts";
import { mountable } from "../support/mounts.ts";
import { claimed, newRun } from "./doors.ts";

const within = emptyFolders();
const plan = (name: string, work: () => Promise<unknown>) =>
  workflow(name)
    .then("first", () => 1)
    .then("works", work)
    .then("end", () => "end")
    .build();

test("one file under several names is one journal: by links to it and to its folder, as a path and as a URL", async () => {
  mkdirSync(within("real"));
  symlinkSync(within("real"), within("folder"));
  // The link is there before the file is.
  symlinkSync(within("real/runs.db"), within("link.db"));
  const names = [within("link.db"), within("folder/runs.db"), within("real/runs.db"), pathToFileURL(within("real/runs.db")).href];
  const journals = [...names, pathToFileURL(within("link.db"))].map((name) => sqliteJournal(name));
  for (const [index, owner] of journals.entries()) {
    const owned = await claimed(owner, newRun(`r${index}`));
    (await owned.append(["a"]))._unsafeUnwrap();
    for (const other of journals) {
      expect((await other.claim(`r${index}`))._unsafeUnwrapErr().type).toBe("run_locked");
      expect((await other.runs({ ready: true }))._unsafeUnwrap()).toEqual([]);
    }
  }
  expect(readdirSync(within("."))).toEqual(["folder", "link.db", "real"]);
  await Promise.all(journals.map((journal) => journal.close()));
  expect(readdirSync(within("real"))).toEqual(["runs.db"]);
});

test("a URL that is no file's is a mistake where it is made", () => {
  for (const url of ["https://example.org/runs.db", "file://elsewhere/runs.db", "file:///runs%2F.db"])
    expect(() => sqliteJournal(new URL(url))).toThrow(`Expected the path of a journal's file, got ${JSON.stringify(url)}`);
  expect(() => sqliteJournal("file://elsewhere/runs.db")).toThrow(BuildError);
});

test("a copy that is made while a run goes on is a journal of its own, in which the run can go on", async () => {
  await using journal = sqliteJournal(within("runs.db"));
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const copied = plan("copied", () => gate);
  const running = copied.run("x", { journal, runId: "r" });
  await expect.poll(async () => (await journal.find("r")).map(({ records }) => records).unwrapOr(0)).toBeGreaterThan(2);
  const backup = new DatabaseSync(within("runs.db"));
  backup.exec(`VACUUM INTO '${within("copy.db")}'`);
  backup.close();
  open();
  await using copy = sqliteJournal(within("copy.db"));
  // Its owner is not known there, so nobody waits for a lease.
  const from = performance.now();
  expect((await copied.resume("r", { journal: copy }))._unsafeUnwrap().output).toBe("end");
  expect(performance.now() - from).toBeLessThan(2_000);
  expect((await running)._unsafeUnwrap().output).toBe("end");
});

test("a journal that owns nothing writes nothing", async () => {
  const file = within("runs.db");
  await using journal = sqliteJournal(file);
  const owned = await claimed(journal, newRun("r"));
  const log = () => statSync(`${file}-wal`).mtimeMs;
  const first = log();
  await expect.poll(log, { timeout: 3_000 }).toBeGreaterThan(first);
  await owned.release();
  const released = log();
  await sleep(2_300);
  expect(log()).toBe(released);
  // Its lease has not run out by the time that it needs one again.
  const again = await claimed(journal, "r");
  await using other = sqliteJournal(file);
  expect((await other.claim("r"))._unsafeUnwrapErr().type).toBe("run_locked");
  await expect.poll(log, { timeout: 3_000 }).toBeGreaterThan(released);
  (await again.append(["a"]))._unsafeUnwrap();
}, 20_000);

test("ten thousand runs are listed, in pages and in all", async () => {
  await using journal = sqliteJournal(within("runs.db"));
  await Promise.all(Array.from({ length: 10_000 }, async (_, index) => (await claimed(journal, newRun(`r${index}`))).release()));
  expect((await journal.runs())._unsafeUnwrap()).toHaveLength(1_000);
  const from = performance.now();
  expect((await journal.runs({ limit: Number.POSITIVE_INFINITY }))._unsafeUnwrap()).toHaveLength(10_000);
  const ids: string[] = [];
  for (let after = "r0"; ; after = ids.at(-1) as string) {
    const page = (await journal.runs({ after, limit: 500 }))._unsafeUnwrap();
    if (page.length === 0) break;
    ids.push(...page.map(({ id }) => id));
  }
  expect(ids).toHaveLength(9_999);
  expect(performance.now() - from).toBeLessThan(3_000);
}, 60_000);

test.skipIf(!mountable())(
  "a disk that is full while a lease is renewed takes the run from nobody",
  async () => {
    const disk = within("disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "none", disk]);
    try {
      await using journal = sqliteJournal(`${disk}/runs.db`);
      const { promise: gate, resolve: open } = Promise.withResolvers<void>();
      const running = plan("long", () => gate).run("x", { journal, runId: "r" });
      await expect.poll(async () => (await journal.find("r")).map(({ records }) => records).unwrapOr(0)).toBeGreaterThan(2);
      // Nothing is left, however much is asked for.
      try {
        writeFileSync(`${disk}/filler`, Buffer.alloc(8 << 20));
      } catch (thrown) {
        expect((thrown as NodeJS.ErrnoException).code).toBe("ENOSPC");
      }
      // Longer than a lease, which cannot be renewed.
      await sleep(6_500);
      await using other = sqliteJournal(`${disk}/runs.db`);
      expect(["journal_failed", "run_locked"]).toContain((await other.claim("r"))._unsafeUnwrapErr().type);
      execFileSync("rm", [`${disk}/filler`]);
      await sleep(1_500);
      expect((await other.claim("r"))._unsafeUnwrapErr().type).toBe("run_locked");
      open();
      expect((await running)._unsafeUnwrap().output).toBe("end");
    } finally {
      execFileSync("umount", [disk]);
    }
  },
  30_000,
);

test.skipIf(!mountable())("a file system that may only be read fails in words, and the run goes on once it may be written", async () => {
  const disk = within("disk");
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "none", disk]);
  const done = plan("done", async () => 1);
  try {
    {
      await using journal = sqliteJournal(`${disk}/runs.db`);
      await done.run("x", { journal, runId: "r" });
    }
    execFileSync("mount", ["-o", "remount,ro", disk]);
    {
      await using journal = sqliteJournal(`${disk}/runs.db`);
      for (const result of [await journal.runs(), await journal.claim("r"), await done.resume("r", { journal })])
        expect(result._unsafeUnwrapErr()).toMatchObject({
          type: "journal_failed",
          message: expect.stringMatching(
            /^Expected to read and write the journal .+: its folder has to be there, and both have to be writable$/,
          ),
        });
    }
    execFileSync("mount", ["-o", "remount,rw", disk]);
    await using journal = sqliteJournal(`${disk}/runs.db`);
    expect((await done.resume("r", { journal }))._unsafeUnwrap().output).toBe("end");
  } finally {
    execFileSync("umount", [disk]);
  }
  expect(existsSync(`${disk}/runs.db`)).toBe(false);
});

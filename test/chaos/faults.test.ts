// What the disk and other people do to a run that a journal keeps. After each fault: nothing that is stored is done
// again, the failure is a value with a sentence, the process ends by itself, and the run goes on once the fault is gone.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { workflow } from "../../src/index.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { folder } from "../journal/doors.ts";
import { child } from "../journal/processes.ts";
import { mountable } from "../support/mounts.ts";
import { endsByItself, goesOn, judge, linesOf, program, sequence, storedIn } from "./faulty.ts";

test.skipIf(!mountable())(
  "ENOSPC: a file system that fills up under a run",
  async () => {
    await using place = await folder();
    const disk = `${place.path}/disk`;
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=600k", "none", disk]);
    try {
      const [file, ledger] = [`${disk}/runs.db`, `${place.path}/ledger`];
      const args = ["40", "20"];
      await using first = child([file, ledger, ...args], undefined, program);
      expect(await first.says("failed")).toBe("journal_failed");
      expect(await first.says("message")).toMatch(
        /^Expected to read and write the journal .+ full.*: see to the disk; the run can be resumed/,
      );
      // Still full: told again, and nothing is begun.
      const begun = linesOf(ledger).length;
      first.process.stdin?.write("again\n");
      await expect.poll(() => first.said.filter((line) => "failed" in line).length, { timeout: 15_000 }).toBe(2);
      expect(linesOf(ledger).length - begun).toBeLessThanOrEqual(2);
      await endsByItself(first);
      execFileSync("mount", ["-o", "remount,size=50m", disk]);
      await goesOn(file, ledger, args, 40);
    } finally {
      execFileSync("umount", [disk]);
    }
  },
  60_000,
);

test("EIO: a write that the system refuses, and then no more: the same process and the same journal go on", async () => {
  await using place = await folder();
  const [file, ledger] = [`${place.path}/runs.db`, `${place.path}/ledger`];
  // A file may not grow beyond the limit, which is told as an error of the disk. In units of 512 bytes.
  await using only = child([file, ledger, "40", "20"], "trap '' XFSZ; ulimit -S -f 900", program);
  expect(await only.says("failed")).toBe("journal_failed");
  expect(await only.says("message")).toMatch(/^Expected to read and write the journal .+: see to the disk; the run can be resumed/);
  const from = linesOf(ledger).length;
  expect(from).toBeGreaterThan(6);
  execFileSync("prlimit", ["--pid", String(only.process.pid), "--fsize=unlimited:unlimited"]);
  only.process.stdin?.write("again\n");
  const begun = performance.now();
  expect(await only.says("output")).toEqual(sequence(40));
  expect(performance.now() - begun).toBeLessThan(5_000);
  await endsByItself(only);
  const stored = await storedIn(file);
  expect(stored.size).toBe(41);
  // Of all that was stored before the fault, nothing was begun after it: each path once, but for the one in flight.
  judge(
    ledger,
    from,
    new Set(
      linesOf(ledger)
        .slice(0, from - 2)
        .map(({ path }) => path),
    ),
  );
}, 60_000);

test("DU07 EIO of a sync, once: the commit counts as failed and is not tried again; the run goes on from what is stored", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const calls: number[] = [];
  const plan = workflow("synced")
    .map(
      "each",
      () => sequence(6),
      ({ index }) => {
        calls.push(index);
        return index;
      },
      { concurrency: 1 },
    )
    .build();
  const journal = sqliteJournal(file);
  const exec = DatabaseSync.prototype.exec;
  let commits = 0;
  const broken = vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
    // What SQLite does where the sync of a commit fails: what was written is taken back.
    if (sql === "COMMIT" && ++commits === 7) {
      exec.call(this, "ROLLBACK");
      throw Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR", errcode: 1_034 });
    }
    return exec.call(this, sql);
  });
  try {
    const failure = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({ type: "journal_failed", message: expect.stringContaining("disk I/O error: see to the disk") });
    const before = [...calls];
    const stored = await storedIn(file);
    calls.length = 0;
    expect((await plan.run("x", { journal, runId: "r" }))._unsafeUnwrap().output).toEqual(sequence(6));
    expect(before.length).toBeGreaterThan(0);
    for (const index of calls) expect(stored).not.toContain(`each[${index}]`);
    expect(before.length + calls.length).toBeLessThanOrEqual(7);
  } finally {
    broken.mockRestore();
    await journal.close();
  }
});

const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

test.skipIf(!canTrace)(
  "DU07 the same from the kernel: one of the first syncs fails, while the file is made and later",
  async () => {
    await using place = await folder();
    for (const when of [1, 3, 5, 8, 12]) {
      const [file, ledger] = [`${place.path}/${when}.db`, `${place.path}/${when}.ledger`];
      const inject = ["-f", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", `inject=fdatasync,fsync:error=EIO:when=${when}`];
      await using traced = child([program, file, ledger, "8", "1"], undefined, program);
      await traced.kill();
      const shell = `set -- strace ${inject.join(" ")} "$0" "$@"; exec "$@"; :`;
      await using only = child([file, ledger, "8", "1"], shell, program);
      const failed = await Promise.race([only.says("failed"), only.says("output").then(() => undefined)]);
      expect(failed).toBe("journal_failed");
      const from = existsSync(ledger) ? linesOf(ledger).length : 0;
      only.process.stdin?.write("again\n");
      expect(await only.says("output")).toEqual(sequence(8));
      await endsByItself(only);
      judge(ledger, from, new Set());
    }
  },
  60_000,
);

test("DU08 a folder that may only be read: no step runs, and the run is there once it may be written", async () => {
  await using place = await folder();
  const [file, ledger] = [`${place.path}/closed/runs.db`, `${place.path}/ledger`];
  mkdirSync(`${place.path}/closed`);
  chmodSync(`${place.path}/closed`, 0o555);
  const root = process.geteuid?.() === 0;
  const calls: string[] = [];
  const plan = workflow("shut")
    .then("a", () => calls.push("a"))
    .build();
  if (root) {
    chmodSync(place.path, 0o755);
    process.seteuid?.(65_534);
  }
  try {
    const journal = sqliteJournal(file);
    const failure = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
    expect(failure).toMatchObject({
      type: "journal_failed",
      message: expect.stringContaining("its folder has to be there, and both have to be writable"),
    });
    await journal.close();
  } finally {
    if (root) process.seteuid?.(0);
  }
  expect([calls, existsSync(file), existsSync(ledger)]).toEqual([[], false, false]);
  chmodSync(`${place.path}/closed`, 0o755);
  const journal = sqliteJournal(file);
  expect((await plan.run("x", { journal, runId: "r" }))._unsafeUnwrap().output).toBe(1);
  await journal.close();
});

test.each([
  ["the file and its log", ["", "-wal", "-shm"]],
  ["the log alone", ["-wal", "-shm"]],
])("a journal that is removed under a run (%s): it is told, and not that all went well", async (_, endings) => {
  await using place = await folder();
  const [file, aside] = [`${place.path}/runs.db`, `${place.path}/aside.db`];
  const calls: string[] = [];
  let removing = true;
  const plan = workflow("removed")
    .then("a", () => calls.push("a"), { undo: () => void calls.push("undone") })
    .then("remove", () => {
      calls.push("remove");
      for (const ending of removing ? endings : []) renameSync(`${file}${ending}`, `${aside}${ending}`);
    })
    .then("b", () => calls.push("b"))
    .build();
  const journal = sqliteJournal(file);
  const failure = (await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "journal_failed", message: expect.stringContaining("removed or replaced while it was open") });
  expect(calls).toEqual(["a", "remove"]);
  // As it was left, by a process that ends now and closes nothing.
  for (const ending of ["", "-wal"]) copyFileSync(`${endings.includes(ending) ? aside : file}${ending}`, `${place.path}/back.db${ending}`);
  await journal.close();
  for (const ending of ["-wal", "-shm"]) rmSync(`${file}${ending}`, { force: true });
  for (const ending of ["", "-wal"]) renameSync(`${place.path}/back.db${ending}`, `${file}${ending}`);
  removing = false;
  const again = sqliteJournal(file);
  expect((await plan.resume("r", { journal: again }))._unsafeUnwrap().output).toBeGreaterThan(2);
  expect(calls.filter((call) => call === "a")).toHaveLength(1);
  await again.close();
});

// Several processes and one run: it is owned by one of them, whatever the system does to the others.
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { folder } from "../journal/doors.ts";
import { child } from "../journal/processes.ts";
import { endsByItself, judge, linesOf, program, sequence, storedIn } from "./faulty.ts";

test("SIGSTOP past the lease, then SIGCONT: the run is done elsewhere, the stale process ends it as interrupted and writes nothing", async () => {
  await using place = await folder();
  const [file, ledger] = [`${place.path}/runs.db`, `${place.path}/ledger`];
  const args = ["6", "1", "3"];
  await using stale = child([file, ledger, ...args], undefined, program);
  await expect.poll(() => stale.said.some((line) => line["began"] === "each[3]"), { timeout: 10_000 }).toBe(true);
  stale.process.kill("SIGSTOP");
  const before = await storedIn(file);
  expect([...before]).toEqual(["each[0]", "each[1]", "each[2]"]);
  const from = linesOf(ledger).length;
  // Waits for the lease of an owner that is there and does nothing.
  await using next = child([file, ledger, ...args], undefined, program);
  expect(await next.says("output")).toEqual(sequence(6));
  await endsByItself(next);
  judge(ledger, from, before);
  const records = recordsIn(file);
  stale.process.kill("SIGCONT");
  expect(await stale.says("failed")).toBe("interrupted");
  expect(await stale.says("message")).toMatch(/^Expected run "r" to be owned here, got one that was taken over/);
  await endsByItself(stale);
  expect(recordsIn(file)).toEqual(records);
  const last = linesOf(ledger).filter(({ pid }) => pid === stale.process.pid);
  expect(last.filter(({ what }) => what === "begin").map(({ path }) => path)).toEqual(["each[0]", "each[1]", "each[2]", "each[3]"]);
}, 90_000);

/** All that a run's journal says, as SQLite has it. */
function recordsIn(file: string): readonly unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return [
      ...database.prepare("SELECT place, body FROM records").all(),
      ...database.prepare("SELECT status, token, records FROM runs").all(),
    ];
  } finally {
    database.close();
  }
}

test("eight processes resume one run at once: one executes, and the others give its result or run_locked", async () => {
  await using place = await folder();
  const [file, ledger] = [`${place.path}/runs.db`, `${place.path}/ledger`];
  await using dead = child([file, ledger, "6", "1", "3"], undefined, program);
  await expect.poll(() => dead.said.some((line) => line["began"] === "each[3]"), { timeout: 10_000 }).toBe(true);
  await dead.kill();
  const stored = await storedIn(file);
  const from = linesOf(ledger).length;
  const eight = Array.from({ length: 8 }, () => child([file, ledger, "6", "1"], undefined, program));
  try {
    for (const one of eight) {
      const told = await Promise.race([one.says("output"), one.says("failed")]);
      expect([JSON.stringify(sequence(6)), '"run_locked"']).toContain(JSON.stringify(told));
    }
    expect(eight.filter((one) => one.said.some((line) => "output" in line)).length).toBeGreaterThan(0);
    for (const one of eight) await endsByItself(one);
  } finally {
    for (const one of eight) await one[Symbol.asyncDispose]();
  }
  judge(ledger, from, stored);
  expect(
    new Set(
      linesOf(ledger)
        .slice(from)
        .map(({ pid }) => pid),
    ).size,
  ).toBe(1);
}, 90_000);

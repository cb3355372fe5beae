import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { sqliteJournal } from "heddle/sqlite";
import { expect, test } from "vitest";
import { claimWithin } from "../../src/journal/claim.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { claimed, folder, newRun } from "./doors.ts";
import { type Child, child } from "./processes.ts";

const lastStored = (one: Child): number => Number(one.said.findLast((line) => "stored" in line)?.["stored"] ?? one.said[0]?.["owns"] ?? 0);

/** Page by page: where records are large, one page does not hold them all. */
async function allOf(journal: Journal, runId: string): Promise<readonly string[]> {
  const records: string[] = [];
  for (;;) {
    const page = (await journal.read(runId, { from: records.length + 1 }))._unsafeUnwrap();
    if (page.length === 0) return records;
    records.push(...page);
  }
}

test("SIGKILL in the middle of writes: what was acknowledged is there, without a gap, 12 times", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  let stored = 0;
  for (let kill = 0; kill < 12; kill++) {
    await using writer = child(["write", file, "r", kill % 2 === 0 ? "1" : "20000"]);
    const before = Number(await writer.says("owns"));
    expect(before).toBeGreaterThanOrEqual(stored);
    // After a while of writing, and at once too.
    await sleep(kill % 4 === 0 ? 0 : Math.random() * 80);
    await writer.kill();
    stored = lastStored(writer);
    const journal = sqliteJournal(file);
    const records = await allOf(journal, "r");
    expect(records.length).toBeGreaterThanOrEqual(stored);
    // At most the batch under way is there without having been acknowledged.
    expect(records.length).toBeLessThanOrEqual(stored + 3);
    for (const [index, record] of records.entries()) expect(Number.parseInt(record, 10)).toBe(index + 1);
    await journal.close();
  }
  expect(stored).toBeGreaterThan(20);
}, 120_000);

test("DU10 an owner that was killed is followed within a second, and leaves nothing behind", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  await using owner = child(["hold", file, "r"]);
  await owner.says("owns");
  const journal = sqliteJournal(file);
  expect((await journal.claim("r"))._unsafeUnwrapErr()).toMatchObject({
    type: "run_locked",
    message: expect.stringContaining(`process ${owner.process.pid}`),
  });
  expect((await journal.runs({ ready: true }))._unsafeUnwrap()).toEqual([]);
  await owner.kill();
  const killed = performance.now();
  expect((await journal.runs({ ready: true }))._unsafeUnwrap().map((run) => run.id)).toEqual(["r"]);
  const next = await claimWithin(journal, "r");
  expect(performance.now() - killed).toBeLessThan(1_000);
  expect((await next._unsafeUnwrap().append(["a"]))._unsafeUnwrap()).toBe(1);
  await journal.close();
  expect(readdirSync(place.path)).toEqual(["runs.db"]);
});

test("a process that stood still past its lease has lost its run: stale writes are refused", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  await using owner = child(["hold and write once", file, "r"]);
  await owner.says("owns");
  owner.process.kill("SIGSTOP");
  const stopped = performance.now();
  const journal = sqliteJournal(file);
  const next = (await claimWithin(journal, "r"))._unsafeUnwrap();
  // It was alive, so the whole lease was waited for: about five seconds after it last showed itself.
  expect(performance.now() - stopped).toBeGreaterThan(2_500);
  expect(performance.now() - stopped).toBeLessThan(9_000);
  await next.append(["mine"]);
  owner.process.stdin?.write("go\n");
  owner.process.kill("SIGCONT");
  expect(await owner.says("failed")).toBe("interrupted");
  expect(await owner.says("lost")).toBe(true);
  expect((await journal.read("r"))._unsafeUnwrap()).toEqual(["mine"]);
  expect((await next.append(["mine too"]))._unsafeUnwrap()).toBe(2);
  await journal.close();
}, 90_000);

test("a process that stood still and was not followed goes on", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  await using owner = child(["hold and write once", file, "r"]);
  await owner.says("owns");
  owner.process.kill("SIGSTOP");
  await sleep(5_500);
  owner.process.stdin?.write("go\n");
  owner.process.kill("SIGCONT");
  expect(await owner.says("stored")).toBe(1);
}, 90_000);

test("eight processes claim one new run at once: one wins", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const children = Array.from({ length: 8 }, () => child(["claim once", file, "r"]));
  try {
    await expect.poll(() => children.every((one) => one.said.length > 0), { timeout: 20_000 }).toBe(true);
    expect(children.filter((one) => one.said[0]?.["won"] === true).length).toBe(1);
    expect(children.filter((one) => one.said[0]?.["failed"] === "run_locked").length).toBe(7);
    // Once they have all died, it takes one attempt.
    for (const one of children) await one.kill();
    const journal = sqliteJournal(file);
    expect((await claimed(journal, "r")).run.records).toBe(0);
    await journal.close();
    expect(readdirSync(place.path)).toEqual(["runs.db"]);
  } finally {
    for (const one of children) await one[Symbol.asyncDispose]();
  }
}, 90_000);

test("DU19 one of four answers that come at once from other processes counts, and the owner hears of it", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const journal = sqliteJournal(file);
  const owned = await claimed(journal, newRun("r"));
  const heard = Promise.withResolvers<void>();
  owned.listen(heard.resolve);
  const children = ["a", "b", "c", "d"].map((answer) => child(["send", file, "r", answer]));
  const outcomes = await Promise.all(children.map((one) => one.says("sent")));
  expect(outcomes.toSorted()).toEqual(["sent", "taken", "taken", "taken"]);
  await heard.promise;
  const winner = ["a", "b", "c", "d"][outcomes.indexOf("sent")];
  expect((await journal.messages("r"))._unsafeUnwrap()).toMatchObject([{ key: "approval", body: winner }]);
  await Promise.all(children.map((one) => one[Symbol.asyncDispose]()));
  await journal.close();
}, 90_000);

test("a file that may grow no more fails the run as a value, and it goes on once there is room", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  // The limit makes the system refuse to write, as a full disk does. In units of 512 bytes.
  await using writer = child(["write", file, "r", "5000"], "trap '' XFSZ; ulimit -f 800");
  expect(await writer.says("failed")).toBe("journal_failed");
  expect(String(await writer.says("message"))).toMatch(
    /^Expected to read and write the journal .+: see to the disk; the run can be resumed/,
  );
  const stored = lastStored(writer);
  expect(stored).toBeGreaterThan(5);
  const journal = sqliteJournal(file);
  const owned = (await claimWithin(journal, "r"))._unsafeUnwrap();
  expect(owned.run.records).toBe(stored);
  expect((await owned.append(["room again"]))._unsafeUnwrap()).toBe(stored + 1);
  expect((await journal.read("r"))._unsafeUnwrap().length).toBe(stored + 1);
  await journal.close();
}, 90_000);

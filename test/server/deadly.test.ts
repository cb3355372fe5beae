import { appendFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { enqueue, type WorkerProblem, worker } from "heddle/server";
import { sqliteJournal } from "heddle/sqlite";
import { expect, test } from "vitest";
import { heddle } from "../cli/heddle.ts";
import { emptyFolders } from "../support/folders.ts";
import { type Talking, talking } from "../support/talking.ts";
import { deadlyPlan, patientPlan } from "./deadly-plan.ts";

const child = new URL("deadly-child.ts", import.meta.url);
const within = emptyFolders();
const places = () => ({ file: within("runs.db"), ledger: within("ledger"), mended: within("mended") });
const quiet = () => {};
const lines = async () => (await readFile(within("ledger"), "utf8")).trim().split("\n");
const began = async (what: string) => (await lines()).filter((line) => line.startsWith(what)).length;

/** Begins a worker again whenever it has died, as a supervisor does, until one says this. */
async function untilSaid(key: string, more: readonly string[] = []): Promise<{ readonly crew: Talking; readonly deaths: number }> {
  const { file, ledger, mended } = places();
  for (let deaths = 0; deaths < 20; deaths++) {
    const crew = talking(child, [file, ledger, mended, ...more]);
    const said = await Promise.race([crew.says(key).then(() => true), crew.ended.then(() => false)]).catch(() => false);
    if (said) return { crew, deaths };
    expect(await crew.ended).toEqual({ code: null, signal: "SIGKILL" });
  }
  throw new Error(`Expected a worker that says ${JSON.stringify(key)}, got 20 that died`);
}

test("a run that kills its process each time is left alone after five take-overs, and takes no others with it", async () => {
  const { file, mended } = places();
  await using journal = sqliteJournal(file);
  const patient = ["p1", "p2", "p3"];
  for (const runId of patient) (await enqueue(patientPlan(quiet), "x", { journal, runId }))._unsafeUnwrap();
  (await enqueue(deadlyPlan(quiet, quiet), "x", { journal, runId: "d" }))._unsafeUnwrap();
  const { crew, deaths } = await untilSaid("problem d");
  await using _crew = crew;
  expect(crew.said.find((line) => "problem d" in line)).toMatchObject({ type: "left_alone", runId: "d", plan: "deadly", lostOwners: 6 });
  expect(String(await crew.says("message"))).toMatch(
    /^Expected run "d" of plan "deadly" to get on, got 6 processes in a row that died at it with nothing new recorded: it is left alone; /,
  );
  expect(deaths).toBe(6);
  expect(await began("kills d")).toBe(6);
  expect(await began("before d")).toBe(1);
  // They died with it at first; from the third time on it was alone with those that had not.
  for (const runId of patient) {
    expect((await journal.find(runId))._unsafeUnwrap().status).toBe("completed");
    expect(await began(`begun ${runId}`)).toBeLessThanOrEqual(3);
    expect(await began(`done ${runId}`)).toBe(1);
  }
  const left = (await journal.find("d"))._unsafeUnwrap();
  expect(left).toMatchObject({ status: "running", lostOwners: 6, unseen: false });
  // Other work is done meanwhile.
  (await enqueue(patientPlan(quiet), "x", { journal, runId: "after" }))._unsafeUnwrap();
  expect(await crew.says("run.left after")).toBe("completed");
  await crew.end("SIGTERM");
  const listed = await heddle(["runs", "--journal", file, "--status", "running"]);
  expect(listed.stdout).toContain("somebody who looks why 6 processes in a row died at it\n");

  // Whoever has mended it resumes it.
  writeFileSync(mended, "");
  const note = (what: string) => appendFileSync(within("ledger"), `${what}\n`);
  const resumed = await deadlyPlan(note, quiet).resume("d", { journal });
  expect(resumed._unsafeUnwrap().output).toBe(7);
  expect((await journal.find("d"))._unsafeUnwrap()).toMatchObject({ status: "completed", lostOwners: 0 });
  expect(await began("before d")).toBe(1);
}, 60_000);

test("one that is left alone can be cancelled: it ends without its step being begun again; a worker may be given more", async () => {
  const { file, mended } = places();
  await using journal = sqliteJournal(file);
  for (const runId of ["c", "m"]) (await enqueue(deadlyPlan(quiet, quiet), "x", { journal, runId }))._unsafeUnwrap();
  for (const runId of ["c", "m"]) await (await untilSaid(`problem ${runId}`, ["2"])).crew.end("SIGTERM");
  const problems: WorkerProblem[] = [];
  await worker([deadlyPlan(quiet, quiet)], { journal, once: true, takeovers: 2, onProblem: (problem) => problems.push(problem) }).closed;
  expect(problems.map((problem) => ("runId" in problem ? problem.runId : problem.type)).sort()).toEqual(["c", "m"]);
  const before = await began("kills c");
  await deadlyPlan(quiet, quiet).cancel("c", { journal, reason: "no use" });
  await using crew = talking(child, [file, within("ledger"), mended, "2"]);
  expect(await crew.says("run.left c")).toBe("cancelled");
  expect(await began("kills c")).toBe(before);
  await crew.end("SIGTERM");
  writeFileSync(mended, "");
  await using generous = talking(child, [file, within("ledger"), mended, "Infinity"]);
  expect(await generous.says("run.left m")).toBe("completed");
}, 60_000);

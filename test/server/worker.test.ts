import { rename } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { enqueue, type WorkerEvent, type WorkerProblem, worker } from "heddle/server";
import { sqliteJournal } from "heddle/sqlite";
import { expect, test } from "vitest";
import { z } from "zod";
import { type RunEvent, workflow } from "../../src/index.ts";
import { longPlan, orderPlan } from "../durable/control-plan.ts";
import { keptRuns } from "../support/ledger.ts";
import { talking } from "../support/talking.ts";
import { quickPlan } from "./quick-plan.ts";

const owner = new URL("../durable/control-child.ts", import.meta.url);
const child = new URL("worker-child.ts", import.meta.url);
let [file, ledger] = ["", ""];
const { note, lines } = keptRuns((kept) => {
  ({ file, ledger } = kept);
});
const until = async (holds: () => unknown) => {
  const end = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error("Expected it within ten seconds");
    await pause(10);
  }
};

test("DU10 a run whose process is killed is taken over within a second, without anybody cleaning up", async () => {
  await using crew = talking(child, [file, ledger]);
  await crew.says("begun");
  await using first = talking(owner, ["long", file, ledger]);
  await until(async () => (await lines()).includes("unaware 1"));
  const killed = Date.now();
  await first.end("SIGKILL");
  expect(await crew.says("taken r")).toBe("abandoned");
  const { at } = crew.said.find((line) => "taken r" in line) as { at: number };
  expect(at - killed).toBeLessThan(1_000);
  expect(await crew.says("left r")).toBe("completed");
  expect(await lines()).toEqual(["first", "heeds 1 r/both/heeds", "unaware 1", "heeds 2 r/both/heeds", "unaware 2"]);
}, 20_000);

test("two workers share what is enqueued: every step of every run once, and both have work", async () => {
  const journal = sqliteJournal(file);
  const plan = quickPlan(note, pause);
  const runs = 120;
  // Both are there before there is work: one that starts late on a busy machine would find little left.
  await using one = talking(child, [file, ledger, "4"]);
  await using other = talking(child, [file, ledger, "4"]);
  await Promise.all([one.says("begun"), other.says("begun")]);
  for (let index = 0; index < runs; index++) (await enqueue(plan, index, { journal, runId: `q${index}` }))._unsafeUnwrap();
  await until(async () => (await journal.runs({ status: "completed" }))._unsafeUnwrap().length === runs);
  const done = await lines();
  expect(done).toHaveLength(3 * runs);
  expect(new Set(done).size).toBe(3 * runs);
  const left = ({ said }: typeof one) => said.filter((line) => Object.keys(line).some((key) => key.startsWith("left "))).length;
  await until(() => left(one) + left(other) === runs);
  expect(Math.min(left(one), left(other))).toBeGreaterThan(4);
  await Promise.all([one.end("SIGTERM"), other.end("SIGTERM")]);
  expect(await one.ended).toEqual({ code: 0, signal: null });
  await journal.close();
}, 30_000);

test("a worker that is killed in the midst of its runs is replaced by the other: nothing recorded is done again", async () => {
  const journal = sqliteJournal(file);
  const plan = quickPlan(note, pause);
  for (let index = 0; index < 30; index++) await enqueue(plan, index, { journal, runId: `k${index}` });
  await using one = talking(child, [file, ledger, "6"]);
  await until(async () => (await lines()).length > 12);
  await using _other = talking(child, [file, ledger, "6"]);
  await one.end("SIGKILL");
  await until(async () => (await journal.runs({ status: "completed" }))._unsafeUnwrap().length === 30);
  const steps = (await lines()).map((line) => line.replace(/ \d+$/, ""));
  expect(new Set(steps).size).toBe(90);
  // Only the six that were under way may have been done without being recorded.
  expect(steps.length - 90).toBeLessThanOrEqual(6);
  await journal.close();
}, 30_000);

test("DU21 answered, cancelled and due runs are taken up; a late answer is refused", async () => {
  const journal = sqliteJournal(file);
  const order = orderPlan(ledger);
  const timed = workflow("timed")
    .waitFor("sure", z.boolean(), { timeout: 400 })
    .catch("late", ({ failure }) => failure.type)
    .build();
  for (const runId of ["yes", "no", "never"]) await order.run(runId, { journal, runId });
  const from = Date.now();
  await timed.run("x", { journal, runId: "due" });
  const events: WorkerEvent[] = [];
  const observed: RunEvent[] = [];
  await using _crew = worker([order, timed], {
    journal,
    poll: 20,
    observe: (event) => observed.push(event),
    onRun: (event) => events.push(event),
  });
  const left = (id: string) => events.find((event) => event.type === "run.left" && event.runId === id);
  await pause(100);
  expect(events).toEqual([]);
  await order.answer("yes", "approval", { approved: true }, { journal });
  await order.cancel("no", { journal, reason: "no" });
  await until(() => left("yes") !== undefined && left("no") !== undefined && left("due") !== undefined);
  expect(left("yes")).toMatchObject({ status: "completed", plan: "order", run: { output: true } });
  expect(left("no")).toMatchObject({ status: "cancelled", failure: { type: "cancelled", reason: "no" } });
  expect(left("due")).toMatchObject({ status: "completed", run: { output: "wait_timed_out" } });
  expect(Date.now() - from).toBeGreaterThanOrEqual(400);
  const whys = events.flatMap((event) => (event.type === "run.taken" ? [[event.runId, event.why]] : []));
  expect(Object.fromEntries(whys)).toEqual({ yes: "message", no: "message", due: "due" });
  expect((await order.answer("no", "approval", { approved: true }, { journal }))._unsafeUnwrapErr().reason).toBe("over");
  expect(left("never")).toBeUndefined();
  expect(observed.filter(({ type }) => type === "run.completed").map(({ runId }) => runId)).toEqual(["yes", "due"]);
  expect(await lines()).toEqual(["charge yes/charge", "charge no/charge", "charge never/charge", "ship", "refund no"]);
}, 20_000);

test("DU26 a sleep that nobody is there for goes by all the same: who goes on sleeps what is left of it, or nothing", async () => {
  const journal = sqliteJournal(file);
  const naps = workflow("naps")
    .sleep("nap", 900)
    .then("woken", () => Date.now())
    .build();
  const from = Date.now();
  const drain = new AbortController();
  const left = ["early", "late"].map((runId) => naps.run("x", { journal, runId, drain: drain.signal }));
  await pause(200);
  drain.abort();
  expect((await Promise.all(left)).map((result) => result._unsafeUnwrapErr().type)).toEqual(["interrupted", "interrupted"]);
  await pause(100);
  const early = naps.resume("early", { journal });
  await pause(1_000 - (Date.now() - from));
  const woken = (await early)._unsafeUnwrap().output;
  expect(woken - from).toBeGreaterThanOrEqual(890);
  expect(woken - from).toBeLessThan(1_200);
  await pause(400);
  const started = Date.now();
  expect((await naps.resume("late", { journal }))._unsafeUnwrap().output - started).toBeLessThan(200);
  await journal.close();
}, 20_000);

test("CA15 a worker that gets SIGTERM drains its runs; the next one goes on with them", async () => {
  const journal = sqliteJournal(file);
  await enqueue(longPlan(ledger), 60_000, { journal, runId: "r" });
  await using one = talking(child, [file, ledger]);
  expect(await one.says("taken r")).toBe("new");
  await until(async () => (await lines()).includes("unaware 1"));
  await one.end("SIGTERM");
  expect(await one.ended).toEqual({ code: 0, signal: null });
  expect(await one.says("left r")).toBe("interrupted");
  expect(await one.says("stopped")).toEqual([]);
  await using next = talking(child, [file, ledger]);
  expect(await next.says("taken r")).toBe("abandoned");
  expect(await next.says("left r")).toBe("completed");
  expect((await lines()).filter((line) => line.startsWith("heeds"))).toEqual([
    "heeds 1 r/both/heeds",
    "heeds is told",
    "heeds 2 r/both/heeds",
  ]);
  await journal.close();
}, 20_000);

test("runs of plans that it does not have, and of plans that are others now, are told once and left alone", async () => {
  const journal = sqliteJournal(file);
  const before = workflow("changing")
    .then("a", () => 1)
    .waitFor("sure", z.boolean())
    .build();
  const now = workflow("changing")
    .then("b", () => 2)
    .waitFor("sure", z.boolean())
    .build();
  await before.run("x", { journal, runId: "c" });
  await before.answer("c", "sure", true, { journal });
  await enqueue(quickPlan(note, pause), 1, { journal, runId: "stranger" });
  const problems: WorkerProblem[] = [];
  const taken: WorkerEvent[] = [];
  {
    await using _crew = worker([now], {
      journal,
      poll: 10,
      onProblem: (problem) => problems.push(problem),
      onRun: (event) => taken.push(event),
    });
    await pause(1_500);
  }
  expect(problems).toMatchObject([
    { type: "unknown_plan", plan: "quick" },
    { type: "cannot_go_on", runId: "c", plan: "changing", failure: { type: "plan_changed" } },
  ]);
  expect(taken).toMatchObject([
    { type: "run.taken", runId: "c" },
    { type: "run.left", runId: "c", status: "interrupted", failure: { type: "plan_changed" } },
  ]);
  expect((await journal.find("stranger"))._unsafeUnwrap().status).toBe("running");
  // Whoever has the plan as it was goes on.
  expect((await before.resume("c", { journal }))._unsafeUnwrap().output).toBe(true);
  await journal.close();
});

test("a journal that cannot be read for a while is told once, and work goes on when it can", async () => {
  const journal = sqliteJournal(file);
  const problems: WorkerProblem[] = [];
  await using _crew = worker([quickPlan(note, pause)], { journal, poll: 50, onProblem: (problem) => problems.push(problem) });
  await pause(120);
  const meddler = new DatabaseSync(file);
  meddler.exec("ALTER TABLE runs RENAME TO hidden");
  await pause(800);
  meddler.exec("ALTER TABLE hidden RENAME TO runs");
  meddler.close();
  await enqueue(quickPlan(note, pause), 1, { journal, runId: "after" });
  await until(async () => (await journal.find("after"))._unsafeUnwrap().status === "completed");
  expect(problems).toMatchObject([{ type: "journal_failed" }]);
}, 20_000);

test("a worker whose file was removed or replaced says so, also where it has nothing to write", async () => {
  const journal = sqliteJournal(file);
  await enqueue(quickPlan(note, pause), 1, { journal, runId: "before" });
  const problems: WorkerProblem[] = [];
  await using crew = worker([quickPlan(note, pause)], { journal, poll: 50, onProblem: (problem) => problems.push(problem) });
  await until(async () => (await journal.find("before"))._unsafeUnwrap().status === "completed" && crew.runs.length === 0);
  for (const end of ["", "-wal", "-shm"]) await rename(`${file}${end}`, `${file}${end}.moved`);
  const another = sqliteJournal(file);
  await enqueue(quickPlan(note, pause), 1, { journal: another, runId: "after" });
  await until(async () => problems.length > 0);
  expect(problems).toMatchObject([{ type: "journal_failed" }]);
  expect(problems[0]?.message).toContain("a file that was removed or replaced while it was open");
  await another.close();
}, 20_000);

test("a worker with nothing to do costs next to nothing, also beside thousands of runs that are over or wait", async () => {
  const journal = sqliteJournal(file);
  const waits = workflow("order").waitFor("approval", z.boolean()).build();
  const done = workflow("quick")
    .then("a", () => 1)
    .build();
  await Promise.all(Array.from({ length: 2_000 }, (_, index) => (index % 4 === 0 ? waits : done).run("x", { journal })));
  await using _crew = worker([waits, done], { journal });
  await pause(700);
  const before = process.cpuUsage();
  await pause(3_000);
  const { user, system } = process.cpuUsage(before);
  // In µs of 3 s.
  expect(user + system).toBeLessThan(0.1 * 3_000_000);
}, 60_000);

import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { BuildError, workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { keptRuns } from "../support/ledger.ts";
import { talking } from "../support/talking.ts";
import { orderPlan } from "./control-plan.ts";

const child = new URL("control-child.ts", import.meta.url);
let [file, ledger] = ["", ""];
const { lines } = keptRuns((kept) => {
  ({ file, ledger } = kept);
});

test("CA14 a run that waits for approval in another process is cancelled from here; a later approval is refused", async () => {
  await using owner = talking(child, ["order", file, ledger]);
  await owner.says("waits");
  const journal = sqliteJournal(file);
  const plan = orderPlan(ledger);
  const from = performance.now();
  expect((await plan.cancel("r", { journal, reason: { why: "sold out" } }))._unsafeUnwrap()).toBe("recorded");
  const late = (await plan.answer("r", "approval", { approved: true }, { journal }))._unsafeUnwrapErr();
  expect(late).toMatchObject({ type: "answer_refused", reason: "over" });
  expect(await owner.says("ended")).toBe("cancelled");
  expect(performance.now() - from).toBeLessThan(1_000);
  await owner.ended;
  expect(await lines()).toEqual(["charge r/charge", "refund book"]);
  const kept = (await plan.resume("r", { journal }))._unsafeUnwrapErr();
  expect(kept).toMatchObject({ type: "cancelled", reason: { why: "sold out" } });
  expect((await plan.answer("r", "approval", { approved: true }, { journal }))._unsafeUnwrapErr().reason).toBe("over");
  expect((await plan.cancel("r", { journal }))._unsafeUnwrapErr()).toMatchObject({ type: "cancel_refused", reason: "over" });
  expect(await lines()).toHaveLength(2);
  await journal.close();
}, 20_000);

test("a suspended run that nobody owns is ready once it is cancelled, and ends so when it is taken up", async () => {
  const journal = sqliteJournal(file);
  const plan = orderPlan(ledger);
  expect((await plan.run("book", { journal, runId: "s" }))._unsafeUnwrapErr().type).toBe("suspended");
  expect((await journal.runs({ ready: true }))._unsafeUnwrap()).toEqual([]);
  const cancel = (reason: unknown) => plan.cancel("s", { journal, reason });
  expect((await cancel(new RangeError("too late")))._unsafeUnwrap()).toBe("recorded");
  expect((await cancel("again"))._unsafeUnwrap()).toBe("cancelled_before");
  expect((await plan.answer("s", "approval", { approved: true }, { journal }))._unsafeUnwrapErr().reason).toBe("over");
  expect((await journal.runs({ ready: true }))._unsafeUnwrap()).toMatchObject([{ id: "s", status: "suspended", plan: "order" }]);
  const ended = (await plan.resume("s", { journal }))._unsafeUnwrapErr();
  expect(ended).toMatchObject({ type: "cancelled", reason: { name: "RangeError", message: "too late" } });
  expect(await lines()).toEqual(["charge s/charge", "refund book"]);
  expect((await journal.runs({ status: "cancelled" }))._unsafeUnwrap()).toHaveLength(1);
  expect((await journal.runs({ ready: true }))._unsafeUnwrap()).toEqual([]);
  await journal.close();
});

test("a reason that is no data is told as far as it can be", async () => {
  const journal = memoryJournal();
  const plan = workflow("asks").waitFor("sure", z.boolean()).build();
  await plan.run("x", { journal, runId: "n" });
  await plan.cancel("n", { journal, reason: { callback: () => 1, why: "kept" } });
  expect((await plan.resume("n", { journal }))._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: { why: "kept" } });
});

test("what cannot be cancelled is told by its reason, and a journal that is none is a mistake", async () => {
  const journal = memoryJournal();
  const plan = workflow("none")
    .then("a", () => 1)
    .build();
  const unknown = (await plan.cancel("nobody", { journal }))._unsafeUnwrapErr();
  expect(unknown).toMatchObject({ type: "cancel_refused", reason: "run_not_found" });
  expect(unknown.message).toContain('"nobody"');
  await plan.run("x", { journal, runId: "done" });
  expect((await plan.cancel("done", { journal }))._unsafeUnwrapErr().reason).toBe("over");
  await journal.close();
  expect((await plan.cancel("done", { journal }))._unsafeUnwrapErr().reason).toBe("journal_failed");
  expect(() => plan.cancel("x", {} as never)).toThrow(BuildError);
});

test("a plan has no say in the runs of another: neither cancels nor answers, whose schema would be the wrong one", async () => {
  const journal = memoryJournal();
  const asks = workflow("asks").waitFor("sure", z.number()).build();
  const other = workflow("other").waitFor("sure", z.string()).build();
  await asks.run("x", { journal, runId: "n" });
  const cancel = (await other.cancel("n", { journal }))._unsafeUnwrapErr();
  const answer = (await other.answer("n", "sure", "yes", { journal }))._unsafeUnwrapErr();
  expect([cancel.reason, answer.reason]).toEqual(["run_not_found", "no_such_run"]);
  for (const { message } of [cancel, answer])
    expect(message).toBe('Expected a run of plan "other", got "n", which is one of plan "asks": turn to that plan');
  (await asks.answer("n", "sure", 1, { journal }))._unsafeUnwrap();
  expect((await asks.resume("n", { journal }))._unsafeUnwrap().output).toBe(1);
});

test("a run that goes on is running, one that waits is suspended, also the second time, and due when its wait is", async () => {
  const journal = sqliteJournal(file);
  const gate = Promise.withResolvers<void>();
  const plan = workflow("timed")
    .waitFor("sure", z.boolean())
    .then("between", () => gate.promise)
    .waitFor("surer", z.boolean(), { timeout: 300 })
    .catch("late", ({ failure }) => failure.type)
    .build();
  const status = async () => (await journal.find("t"))._unsafeUnwrap();
  await plan.run("x", { journal, runId: "t" });
  expect(await status()).toMatchObject({ status: "suspended", wakeAt: undefined });
  await plan.resume("t", { journal });
  expect(await status()).toMatchObject({ status: "suspended", wakeAt: undefined });
  expect((await journal.runs({ ready: true }))._unsafeUnwrap()).toEqual([]);
  await plan.answer("t", "sure", true, { journal });
  const resumed = plan.resume("t", { journal });
  const before = Date.now();
  await pause(50);
  expect((await status()).status).toBe("running");
  gate.resolve();
  expect((await resumed)._unsafeUnwrapErr().type).toBe("suspended");
  const { status: now, wakeAt = 0 } = await status();
  expect(now).toBe("suspended");
  expect(wakeAt - before).toBeGreaterThanOrEqual(340);
  expect(wakeAt - before).toBeLessThan(1_000);
  expect((await journal.runs({ ready: true }))._unsafeUnwrap()).toEqual([]);
  await pause(wakeAt - Date.now() + 1);
  expect((await journal.runs({ ready: true, plan: "timed" }))._unsafeUnwrap()).toMatchObject([{ id: "t" }]);
  expect((await plan.resume("t", { journal }))._unsafeUnwrap().output).toBe("wait_timed_out");
  expect((await status()).status).toBe("completed");
  await journal.close();
});

test("a sleep is something that goes on: the run is not suspended for it", async () => {
  const journal = sqliteJournal(file);
  const plan = workflow("naps")
    .parallel("p", { naps: { flow: (b) => b.sleep("nap", 150) }, asks: { flow: (b) => b.waitFor("sure", z.boolean()) } })
    .build();
  const from = performance.now();
  expect((await plan.run("x", { journal, runId: "n" }))._unsafeUnwrapErr().type).toBe("suspended");
  expect(performance.now() - from).toBeGreaterThan(145);
  await journal.close();
});

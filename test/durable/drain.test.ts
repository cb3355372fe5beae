import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { keptRuns } from "../support/ledger.ts";
import { talking } from "../support/talking.ts";
import { longPlan, orderPlan } from "./control-plan.ts";

const child = new URL("control-child.ts", import.meta.url);
let [file, ledger] = ["", ""];
const { lines } = keptRuns((kept) => {
  ({ file, ledger } = kept);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "CA15 %s: what runs is told, has its grace, and the run goes on elsewhere",
  async (signal) => {
    await using owner = talking(child, ["long", file, ledger]);
    for (;;) {
      await pause(10);
      if ((await lines()).includes("unaware 1")) break;
    }
    const from = performance.now();
    await owner.end(signal);
    expect(performance.now() - from).toBeLessThan(1_500);
    // It has ended by itself, with nothing left to do.
    expect(await owner.ended).toEqual({ code: 0, signal: null });
    expect(await owner.says("ended")).toBe("interrupted");
    expect(await lines()).toEqual(["first", "heeds 1 r/both/heeds", "unaware 1", "heeds is told"]);
    const journal = sqliteJournal(file);
    expect((await journal.runs({ ready: true }))._unsafeUnwrap()).toMatchObject([{ id: "r", status: "running" }]);
    const run = (await longPlan(ledger).resume("r", { journal }))._unsafeUnwrap();
    // The attempt that was told is made again under its key; the one that knew of nothing had its grace to finish.
    expect(run.output).toEqual({ heeds: 2, unaware: 1 });
    expect((await lines()).slice(4)).toEqual(["heeds 2 r/both/heeds"]);
    await journal.close();
  },
  20_000,
);

test("a second signal ends the process at once, and the run is there to be resumed", async () => {
  await using owner = talking(child, ["long", file, ledger]);
  for (;;) {
    await pause(10);
    if ((await lines()).includes("unaware 1")) break;
  }
  owner.process.kill("SIGTERM");
  await pause(120);
  await owner.end("SIGTERM");
  expect(await owner.ended).toEqual({ code: 143, signal: null });
  const journal = sqliteJournal(file);
  expect((await longPlan(ledger).resume("r", { journal }))._unsafeUnwrap().output).toEqual({ heeds: 2, unaware: 2 });
  await journal.close();
}, 20_000);

test("a run that waits for an answer in a process is drained, and answered later", async () => {
  await using owner = talking(child, ["order", file, ledger]);
  await owner.says("waits");
  await owner.end("SIGTERM");
  expect(await owner.says("ended")).toBe("interrupted");
  const journal = sqliteJournal(file);
  const plan = orderPlan(ledger);
  expect((await plan.resume("r", { journal }))._unsafeUnwrapErr().type).toBe("suspended");
  expect((await plan.answer("r", "approval", { approved: true }, { journal })).isOk()).toBe(true);
  expect((await plan.resume("r", { journal }))._unsafeUnwrap().output).toBe(true);
  expect(await lines()).toEqual(["charge r/charge", "ship"]);
  await journal.close();
}, 20_000);

test("a step that ends half done for its signal is made again; one that does not listen is left after its grace", async () => {
  const journal = memoryJournal();
  const drain = new AbortController();
  const plan = workflow("halves")
    .parallel("p", {
      half: async ({ signal, attempt }) => {
        const parts: number[] = [];
        while (!signal.aborted && parts.length < 3) {
          parts.push(parts.length);
          if (attempt === 1) await pause(30);
        }
        return parts;
      },
      deaf: ({ signal, attempt }) => (signal.aborted, attempt === 1 ? new Promise<string>(() => {}) : "heard"),
    })
    .build();
  const running = plan.run("x", { journal, runId: "h", drain: drain.signal, grace: 80 });
  await pause(40);
  const from = performance.now();
  drain.abort();
  const ended = (await running)._unsafeUnwrapErr();
  expect(ended).toMatchObject({ type: "interrupted", runId: "h", suppressed: [] });
  expect(ended.message).toMatch(/got a drain: resume it/);
  expect(performance.now() - from).toBeGreaterThan(75);
  expect(performance.now() - from).toBeLessThan(500);
  expect((await plan.resume("h", { journal }))._unsafeUnwrap().output).toEqual({ half: [0, 1, 2], deaf: "heard" });
});

test("drained before it began: the run is in the journal, and nothing of it has run", async () => {
  const journal = memoryJournal();
  let calls = 0;
  const plan = workflow("later")
    .then("a", () => ++calls)
    .build();
  const drained = await plan.run("x", { journal, runId: "b", drain: AbortSignal.abort() });
  expect(drained._unsafeUnwrapErr()).toMatchObject({ type: "interrupted", trace: [] });
  expect(calls).toBe(0);
  expect((await plan.resume("b", { journal }))._unsafeUnwrap().output).toBe(1);
  // One that is over gives what it gave, drained or not.
  expect((await plan.resume("b", { journal, drain: AbortSignal.abort() }))._unsafeUnwrap().output).toBe(1);
});

test("drained while its records are read: the run is left as it is, and goes on elsewhere", async () => {
  const journal = memoryJournal();
  let shipped = 0;
  const plan = workflow("read")
    .then("a", () => "a")
    .waitFor("sure", z.boolean())
    .then("ship", () => ++shipped)
    .build();
  expect((await plan.run("x", { journal, runId: "r" }))._unsafeUnwrapErr().type).toBe("suspended");
  (await plan.answer("r", "sure", true, { journal }))._unsafeUnwrap();
  const drain = new AbortController();
  const observe = ({ type }: { readonly type: string }) => void (type === "step.replayed" && drain.abort());
  const drained = await plan.resume("r", { journal, drain: drain.signal, observe });
  expect(drained._unsafeUnwrapErr()).toMatchObject({ type: "interrupted", runId: "r" });
  expect(shipped).toBe(0);
  expect((await plan.resume("r", { journal }))._unsafeUnwrap().output).toBe(1);
});

test("a run that is being cancelled has its grace to undo, and the next owner undoes the rest", async () => {
  const journal = memoryJournal();
  const drain = new AbortController();
  const undone: string[] = [];
  const gate = Promise.withResolvers<void>();
  const plan = workflow("undoes")
    .then("a", () => "a", { undo: (output) => void undone.push(output) })
    .then("b", () => "b", {
      undo: async (output) => {
        undone.push(`${output} begun`);
        if (undone.length === 2) await gate.promise;
      },
    })
    .then("c", () => "c", { undo: (output) => void undone.push(output) })
    .waitFor("sure", z.boolean())
    .build();
  const handle = plan.start("x", { journal, runId: "u", drain: drain.signal, grace: 60 });
  while (handle.waits.length === 0) await pause(5);
  handle.cancel("enough");
  while (undone.length < 2) await pause(5);
  drain.abort();
  expect((await handle.result)._unsafeUnwrapErr().type).toBe("interrupted");
  gate.resolve();
  await pause(20);
  expect(undone).toEqual(["c", "b begun"]);
  expect((await journal.find("u"))._unsafeUnwrap().status).toBe("running");
  expect((await plan.resume("u", { journal }))._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
  expect(undone).toEqual(["c", "b begun", "b begun", "a"]);
});

test("a drain takes a journal, and an AbortSignal", () => {
  const plan = workflow("none")
    .then("a", () => 1)
    .build();
  expect(() => plan.run("x", { drain: new AbortController().signal })).toThrow(
    /^Expected the run option "drain" to come with a journal, got none: give one to go on from later, or end the run with "signal"$/,
  );
  expect(() => plan.run("x", { drain: true as never, journal: memoryJournal() })).toThrow('the run option "drain" to be an AbortSignal');
});

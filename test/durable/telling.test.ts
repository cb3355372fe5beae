import { setTimeout as pause } from "node:timers/promises";
import { enqueue } from "heddle/server";
import { err } from "neverthrow";
import { expect, test } from "vitest";
import { z } from "zod";
import { type RunEvent, workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";

const told = ({ type, path }: RunEvent) => (path === "" ? type : `${type} ${path}`);

const plan = workflow("told")
  .then("a", () => 1)
  .waitFor("sure", z.boolean())
  .then("b", ({ last }) => last)
  .build();

test("a new run tells what any other does; one that goes on what was done, what is under way, and what is new", async () => {
  const journal = memoryJournal();
  const events: RunEvent[] = [];
  const options = { journal, runId: "r", observe: (event: RunEvent) => void events.push(event) };
  await plan.run("x", options);
  const begun = ["run.started", "step.started a", "step.completed a", "step.started sure"];
  expect(events.splice(0).map(told)).toEqual([...begun, "run.suspended"]);
  await plan.answer("r", "sure", true, { journal });
  await plan.resume("r", options);
  const resumed = ["step.replayed a", "run.resumed", "step.started sure", "step.completed sure", "step.started b", "step.completed b"];
  expect(events.splice(0).map(told)).toEqual([...resumed, "run.completed"]);
  await plan.resume("r", options);
  expect(events.map(told)).toEqual(["step.replayed a", "step.replayed sure", "step.replayed b", "run.completed"]);
});

test("the events of a run end with it, however it ends", async () => {
  const journal = memoryJournal();
  const ends = async (options: object, input = "x") => {
    const handle = plan.start(input, { journal, ...options } as never);
    const types: string[] = [];
    for await (const event of handle.events) types.push(told(event));
    return [types.at(-1), types.filter((type) => /^run\.(completed|failed|suspended)$/.test(type)).length, await handle.result] as const;
  };
  const first = plan.start("x", { journal, runId: "e" });
  await pause(20);
  expect((await first.answer("sure", true)).isOk()).toBe(true);
  await first.result;
  expect((await ends({ runId: "e" })).slice(0, 2)).toEqual(["run.completed", 1]);
  const [other, count, result] = await ends({ runId: "e" }, "y");
  expect([other, count, result._unsafeUnwrapErr().type]).toEqual(["run.failed", 1, "run_exists"]);
  expect((await ends({ runId: "d", drain: AbortSignal.abort() })).slice(0, 2)).toEqual(["run.failed", 1]);
});

test("an end that cannot be written down is not told as one", async () => {
  const journal = memoryJournal();
  const failing = workflow("closing")
    .then("a", async () => {
      await pause(10);
      await journal.close();
      return err("no");
    })
    .build();
  const handle = failing.start("x", { journal, runId: "c" });
  const events: RunEvent[] = [];
  for await (const event of handle.events) events.push(event);
  const failure = (await handle.result)._unsafeUnwrapErr();
  const last = events.at(-1);
  expect(last?.type === "run.failed" && last.failure.type).toBe(failure.type);
  expect(["interrupted", "journal_failed"]).toContain(failure.type);
});

test("a run that has come no further than its first sleep goes on, and does not start again", async () => {
  const journal = memoryJournal();
  const events: RunEvent[] = [];
  const observe = (event: RunEvent) => void events.push(event);
  const naps = workflow("naps")
    .sleep("nap", 60_000)
    .then("b", () => 1)
    .build();
  const started = ["run.started", "step.started nap"];
  const resumed = ["run.resumed", "step.started nap"];
  const leaves = async (begin: (options: object) => Promise<unknown>) => {
    const drain = new AbortController();
    setTimeout(() => drain.abort(), 20);
    await begin({ journal, observe, drain: drain.signal });
    return events.splice(0).map(told).slice(0, 2);
  };
  expect(await leaves(async (options) => naps.run("x", { ...options, runId: "r" }))).toEqual(started);
  expect(await leaves(async (options) => naps.resume("r", options as never))).toEqual(resumed);
  expect(await leaves(async (options) => naps.run("x", { ...options, runId: "r" }))).toEqual(resumed);
  // One that was enqueued, or made of another, starts when somebody goes on with it.
  (await enqueue(naps, "x", { journal, runId: "later" }))._unsafeUnwrap();
  expect(await leaves(async (options) => naps.resume("later", options as never))).toEqual(started);
  expect(await leaves(async (options) => naps.resume("later", options as never))).toEqual(resumed);
  expect(await leaves(async (options) => naps.rerun("r", { ...options, from: "nap", runId: "again" } as never))).toEqual(started);
  expect(await leaves(async (options) => naps.resume("again", options as never))).toEqual(resumed);
});

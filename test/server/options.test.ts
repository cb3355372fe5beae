import { setTimeout as pause } from "node:timers/promises";
import { enqueue, worker } from "heddle/server";
import { memoryJournal } from "heddle/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { agent, workflow } from "../../src/index.ts";

test("listeners of a worker that throw, or promise and fail, are warnings, and the work is done", async () => {
  const journal = memoryJournal();
  const warned: string[] = [];
  const hear = ({ message }: Error) => void warned.push(message);
  process.on("warning", hear);
  const plan = workflow("told")
    .then("a", () => 1)
    .build();
  const fails = {
    "at once": () => {
      throw new Error("at once");
    },
    later: async () => {
      throw new Error("later");
    },
  };
  for (const [runId, onRun] of Object.entries(fails)) {
    await enqueue(plan, "x", { journal, runId });
    await worker([plan], { journal, once: true, onRun }).closed;
  }
  await expect.poll(() => warned, { timeout: 10_000 }).toContain("later");
  process.off("warning", hear);
  expect(warned).toContain("at once");
  expect((await journal.runs({ status: "completed" }))._unsafeUnwrap()).toHaveLength(2);
});

test("once: works off what is ready, several at a time, and stops by itself", async () => {
  const journal = memoryJournal();
  let [active, most] = [0, 0];
  const plan = workflow("counted")
    .input(z.number())
    .then("a", async ({ input }) => {
      most = Math.max(most, ++active);
      await pause(20);
      active--;
      return input;
    })
    .build();
  for (let index = 0; index < 20; index++) await enqueue(plan, index, { journal });
  await worker([plan], { journal, once: true, concurrency: 3, poll: 60_000 }).closed;
  expect(most).toBe(3);
  expect((await journal.runs({ status: "completed" }))._unsafeUnwrap()).toHaveLength(20);
  await worker([plan], { journal, once: true }).closed;
});

test("an agent is a plan of one step; a worker wants plans of different names, and options that it knows", () => {
  const journal = memoryJournal();
  const writer = agent({ name: "writer", model: "gpt-4o", instructions: "Write." });
  const plan = (name: string) =>
    workflow(name)
      .then("a", () => 1)
      .build();
  const one = plan("one");
  expect(worker([writer, one, one], { journal, once: true }).runs).toEqual([]);
  expect(() => worker([one, plan("one")], { journal })).toThrow('Expected plans of different names, got "one"');
  expect(() => worker([], { journal })).toThrow("Expected an array of at least one plan to work for");
  expect(() => worker([{} as never], { journal })).toThrow("Expected a plan, an agent or a team");
  expect(() => worker([one], {} as never)).toThrow("Expected a journal to work for");
  expect(() => worker([one], { journal, concurrency: 0 })).toThrow('Expected "concurrency" of the worker');
  expect(() => worker([one], { journal, poll: 1 })).toThrow('Expected "poll" of the worker');
  expect(() => worker([one], { journal, onRun: 1 as never })).toThrow('Expected "onRun" of the worker to be a function');
  expect(() => worker([one], { journal, trace: "some" as never })).toThrow('"trace"');
  expect(() => worker([one], { journal, concurency: 1 } as never)).toThrow("concurency");
});

import { enqueue, type WorkerEvent, worker } from "heddle/server";
import { memoryJournal } from "heddle/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { agent, workflow } from "../../src/index.ts";

test("what is enqueued is safe, once, and begun as it was asked for", async () => {
  const journal = memoryJournal();
  const plan = workflow("later")
    .input(z.number())
    .state({ hits: 0 })
    .then("a", ({ input, state }) => input + state.hits)
    .build();
  expect((await enqueue(plan, 1, { journal, runId: "e", state: { hits: 5 } }))._unsafeUnwrap()).toBe("e");
  expect((await enqueue(plan, 1, { journal, runId: "e", state: { hits: 5 } }))._unsafeUnwrap()).toBe("e");
  expect((await enqueue(plan, 2, { journal, runId: "e" }))._unsafeUnwrapErr().type).toBe("run_exists");
  expect((await enqueue(plan, (() => 1) as never, { journal }))._unsafeUnwrapErr()).toMatchObject({
    type: "not_serializable",
    path: "$.input",
  });
  const refused = (await enqueue(plan, "text" as never, { journal, runId: "i" }))._unsafeUnwrapErr();
  const ran = (await plan.run("text" as never))._unsafeUnwrapErr();
  expect([refused.type, "issues" in refused && refused.issues]).toEqual(["invalid_input", "issues" in ran && ran.issues]);
  expect(refused.message).toBe(ran.message.replace("the input", 'the input of plan "later"'));
  expect((await journal.find("i"))._unsafeUnwrapErr().type).toBe("run_not_found");
  await worker([plan], { journal, once: true }).closed;
  expect((await plan.resume("e", { journal }))._unsafeUnwrap().output).toBe(6);
  await journal.close();
  expect((await enqueue(plan, 1, { journal }))._unsafeUnwrapErr().type).toBe("journal_failed");
});

test("an input is checked where it is given, and by whoever runs it: with its own version of the schema", async () => {
  const journal = memoryJournal();
  const version = (most: number) =>
    workflow("capped")
      .input(z.object({ amount: z.number().max(most), at: z.coerce.date() }))
      .then("a", ({ input }) => [input.amount, input.at.getTime()])
      .build();
  const given = { amount: 5, at: new Date(7) };
  (await enqueue(version(10), given, { journal, runId: "r" }))._unsafeUnwrap();
  (await enqueue(version(10), given, { journal, runId: "s" }))._unsafeUnwrap();
  // It is there already, and not judged by another version.
  expect((await enqueue(version(1), given, { journal, runId: "r" })).isOk()).toBe(true);
  expect((await version(10).resume("s", { journal }))._unsafeUnwrap().output).toEqual([5, 7]);
  expect((await version(1).resume("r", { journal }))._unsafeUnwrapErr().type).toBe("invalid_input");
  const throws = workflow("throws")
    .input({ "~standard": { version: 1, vendor: "test", validate: () => Promise.reject(new Error("no database")) } } as never)
    .then("a", () => 1)
    .build();
  const refused = (await enqueue(throws, "x" as never, { journal }))._unsafeUnwrapErr();
  expect(refused).toMatchObject({ type: "invalid_input", cause: { message: "no database" } });
});

test("the budget of a run is its own, whoever works at it", async () => {
  const journal = memoryJournal();
  const writer = agent({ name: "writer", model: "gpt-4o", instructions: "Write." });
  expect(() => enqueue(writer, "a text", { journal, budget: { tokens: -1 } })).toThrow("tokens");
  const runId = (await enqueue(writer, "a text", { journal, budget: { tokens: 1 } }))._unsafeUnwrap();
  const events: WorkerEvent[] = [];
  await worker([writer], { journal, once: true, onRun: (event) => events.push(event) }).closed;
  expect(events.at(-1)).toMatchObject({ runId, status: "failed", failure: { type: "budget_exceeded", limit: "tokens", spent: 0 } });
});

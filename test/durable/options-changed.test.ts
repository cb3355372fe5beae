// Options that were changed while a run was under way: a replay goes as the run went, or is refused; no step is done twice.

import { setTimeout as delay } from "node:timers/promises";
import { err } from "neverthrow";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { loose } from "../support/loose.ts";

let calls: string[] = [];
const sure = (b: any) => b.waitFor("sure", z.boolean());
type Build = (options: any) => any;

/** Begins with some options, goes on with others: what came of it, and what was called by each. */
async function resumed(build: Build, before: object, after: object) {
  calls = [];
  const journal = memoryJournal();
  await build(before).run("x", { journal, runId: "r", grace: 5 });
  const first = calls;
  calls = [];
  const outcome = await build(after).resume("r", { journal });
  const text = outcome.match(
    () => "completed",
    (failure: any) => failure.type,
  );
  return { text, message: outcome.isErr() ? (outcome.error.message as string) : "", first, more: calls, journal };
}
const slow: Build = (options) =>
  sure(
    loose()
      .then("slow", async () => (calls.push("slow"), delay(30)), options)
      .then("next", () => calls.push("next")),
  ).build();
const failing: Build = ({ times = 1, ...options }) => {
  let left = times;
  const step = () => {
    calls.push("failing");
    if (left-- > 0) return err("no");
    return "ok";
  };
  return sure(
    loose()
      .then("failing", step, options)
      .catch("rescue", () => calls.push("rescue")),
  ).build();
};
const mapped: Build = (options) =>
  loose()
    .map("each", () => [0, 1, 2, 3], { flow: (b: any) => sure(b.then("one", ({ index }: any) => calls.push(`one ${index}`))) }, options)
    .build();
const looped: Build = (options) =>
  sure(
    loose()
      .loop("again", () => calls.push("turn"), { until: () => false, ...options })
      .then("next", () => calls.push("next")),
  ).build();
const grouped: Build = (options) =>
  sure(loose().parallel("group", { x: async () => (calls.push("x"), delay(20)), y: () => calls.push("y") }, options)).build();

test.each<[string, Build, object, object, string]>([
  ["a time limit added that the recorded step would have passed", slow, {}, { timeout: 5 }, "suspended"],
  ["a time limit removed that had not passed", slow, { timeout: 5_000 }, {}, "suspended"],
  ["a time limit lowered below what the step took", slow, { timeout: 5_000 }, { timeout: 5 }, "suspended"],
  ["a group's time limit added", grouped, {}, { timeout: 5 }, "suspended"],
  ["a group's concurrency raised", grouped, { concurrency: 1 }, { concurrency: 2 }, "suspended"],
  ["retries added to a step that went well", slow, {}, { retries: 3 }, "suspended"],
  ["retries added to a step whose failure was handled", failing, {}, { retries: 3 }, "plan_changed"],
  ["retries taken from a step that used them", failing, { retries: { max: 1, initial: 1 } }, {}, "plan_changed"],
  [
    "longer pauses between attempts that were made",
    failing,
    { retries: { max: 1, initial: 1 } },
    { retries: { max: 1, initial: 90_000 } },
    "suspended",
  ],
  [
    "a time limit taken from a step that passed it and was tried again",
    slow,
    { timeout: 5, retries: { max: 1, initial: 1 } },
    {},
    "plan_changed",
  ],
  ["more turns than a loop was given", looped, { max: 2 }, { max: 3 }, "plan_changed"],
  ["fewer turns than a loop has made", looped, { max: 3 }, { max: 2 }, "plan_changed"],
  ["more items at once", mapped, { concurrency: 2 }, { concurrency: 4 }, "suspended"],
  ["fewer items at once than were begun", mapped, { concurrency: 4 }, { concurrency: 1 }, "plan_changed"],
])("%s", async (_, build, before, after, expected) => {
  const { text, message, first, more, journal } = await resumed(build, before, after);
  expect(text === "step_timed_out" || text === "step_failed" ? `${text}: ${message}` : text).toBe(expected);
  for (const call of first) expect(more).not.toContain(call);
  if (expected !== "plan_changed") return;
  expect(more).toEqual([]);
  expect(message).toContain("an option of a step that it had begun is another one");
  expect((await (journal as Journal).find("r"))._unsafeUnwrap().status).toBe((await old(build, before, journal)).status);
});

/** The plan as it was can still go on with it; what it is in then. */
async function old(build: Build, before: object, journal: Journal) {
  await build(before).resume("r", { journal });
  return (await journal.find("r"))._unsafeUnwrap();
}

test("a run that is over stays as it ended, whatever its options would make of it now", async () => {
  const journal = memoryJournal();
  let made = 0;
  const build = (retries: number, ...more: string[]) =>
    more
      .reduce(
        (b, id) => b.then(id, () => made++),
        loose().then("a", () => (made++, err("no")), { retries }),
      )
      .build();
  expect((await build(0).run("x", { journal, runId: "r" }))._unsafeUnwrapErr().type).toBe("step_failed");
  const refused = (await build(2).resume("r", { journal }))._unsafeUnwrapErr();
  expect(refused.type).toBe("plan_changed");
  expect(refused.message).toContain("(step_failed)");
  expect((await build(0, "b").resume("r", { journal }))._unsafeUnwrapErr().message).toContain('✗ "b" is new');
  expect(made).toBe(1);
  expect((await journal.find("r"))._unsafeUnwrap().status).toBe("failed");
  expect((await build(0).resume("r", { journal }))._unsafeUnwrapErr().type).toBe("step_failed");
});

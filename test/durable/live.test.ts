import { expect, test } from "vitest";
import { type RunEvent, workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";

const looped = (calls: string[]) =>
  workflow("looped")
    .then("charge", () => calls.push("charge"), { undo: () => void calls.push("undo") })
    .loop("turns", { flow: (b) => b.then("turn", () => calls.push("turn")) }, { until: () => false, max: 5 })
    .build();

test("whoever listens to a new run hears what a run without a journal tells, from its first moment on", async () => {
  const told = async (options: object) => {
    const events: (readonly [string, string])[] = [];
    await looped([]).run("x", { ...options, observe: ({ type, path }: RunEvent) => events.push([type, path]) });
    return events;
  };
  expect(await told({ journal: memoryJournal() })).toEqual(await told({}));
});

test("a cancel before the beginning is kept: nothing of the run ever happens", async () => {
  const journal = memoryJournal();
  const calls: string[] = [];
  const begun = { journal, runId: "c" };
  const first = (await looped(calls).run("x", { ...begun, signal: AbortSignal.abort("early") }))._unsafeUnwrapErr();
  expect(first).toMatchObject({ type: "cancelled", reason: "early", trace: [] });
  const again = (await looped(calls).resume("c", { journal }))._unsafeUnwrapErr();
  expect(again).toMatchObject({ type: "cancelled", reason: "early", trace: [] });
  const handle = looped(calls).start("x", { journal });
  handle.cancel("at once");
  expect((await handle.result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "at once", trace: [] });
  expect(calls).toEqual([]);
});

test.each(["step.started", "step.completed", "loop.iteration"])("after a cancel at %s nothing more begins but what undoes", async (at) => {
  const journal = memoryJournal();
  const calls: string[] = [];
  const caller = new AbortController();
  let before: readonly string[] | undefined;
  const observe = ({ type, path }: RunEvent) => {
    if (type !== at || path === "charge" || before !== undefined) return;
    before = [...calls];
    caller.abort("enough");
  };
  const failure = (await looped(calls).run("x", { journal, runId: "c", signal: caller.signal, observe }))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "cancelled", reason: "enough" });
  expect(calls).toEqual([...(before ?? []), "undo"]);
  const again = (await looped(calls).resume("c", { journal }))._unsafeUnwrapErr();
  expect(again.trace).toEqual(failure.trace);
  expect(calls.filter((call) => call === "undo")).toHaveLength(1);
});

test("an error that throws when it is read is the step's failure in a replay too", async () => {
  const journal = memoryJournal();
  const hostile = Object.defineProperty(new Error("no"), "stack", {
    get() {
      throw new Error("stack");
    },
  });
  const plan = workflow("hostile")
    .then("a", () => {
      throw hostile;
    })
    .catch("c", ({ failure }) => failure.type)
    .build();
  expect((await plan.run("x", { journal, runId: "h" }))._unsafeUnwrap().output).toBe("step_failed");
  expect((await plan.resume("h", { journal }))._unsafeUnwrap().output).toBe("step_failed");
});

// Runs of a journal, from wherever they are asked for: what each call needs, and what answers are told.
import { BuildError } from "heddle";
import { memoryJournal } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { loose, thrownBy } from "../support/loose.ts";
import { settle } from "../support/virtual-clock.ts";

const fn = () => 1;

describe("what is done to a run elsewhere", () => {
  const plan = loose().then("draft", fn).then("review", fn).build();
  const advice = "give the one that it was begun with: { journal }";

  test.each<[string, (options: unknown) => unknown]>([
    ["resume", (options) => plan.resume("r", options)],
    ["rerun", (options) => plan.rerun("r", { from: "draft", ...(options as object) })],
    ["answer", (options) => plan.answer("r", "draft", 1, options)],
    ["cancel", (options) => plan.cancel("r", options)],
  ])("%s takes the journal that it was begun with", (what, call) => {
    for (const options of [undefined, {}]) {
      const thrown = thrownBy(() => call(options));
      expect(thrown).toBeInstanceOf(BuildError);
      expect(thrown).toMatchObject({ message: `Expected a journal to ${what} run "r" in, got undefined: ${advice}` });
    }
  });

  test.each<[unknown, object, string]>([
    [5, {}, "Expected the id of a run to rerun, got 5"],
    [
      "r",
      { from: "draft", state: {} },
      'Expected no "state" for workflow "w", got {}: it declares none; call .state(initial) before its first step',
    ],
    [
      "r",
      { from: "drafd" },
      'Expected "from" of a rerun to be the id of a step of the outermost chain, got "drafd": did you mean "draft"?',
    ],
    ["r", {}, 'Expected "from" of a rerun to be the id of a step of the outermost chain, got undefined'],
  ])("a rerun of %j with %j: %s", (id, options, message) => {
    expect(thrownBy(() => plan.rerun(id, { ...options, journal: memoryJournal() }))).toMatchObject({ message });
  });

  test("a rerun begins with the state of the run before, and takes no other", () => {
    const stateful = loose().state({ k: 0 }).then("draft", fn).build();
    expect(thrownBy(() => stateful.rerun("r", { from: "draft", state: { k: 1 }, journal: memoryJournal() }))).toMatchObject({
      message: 'Expected a rerun without "state", got an object with k: it begins with that of the run before',
    });
  });

  test("a rerun does the steps from the one it is told of", async () => {
    const journal = memoryJournal();
    const calls: string[] = [];
    const does = (name: string) => () => void calls.push(name);
    const steps = loose().then("a", does("a")).then("b", does("b")).then("c", does("c")).build();
    (await steps.run("in", { journal, runId: "r" }))._unsafeUnwrap();
    (await steps.rerun("r", { from: "b", journal }))._unsafeUnwrap();
    expect(calls).toEqual(["a", "b", "c", "b", "c"]);
  });
});

describe("an answer from elsewhere", () => {
  const plan = loose("asks")
    .waitFor("sure", z.object({ yes: z.boolean() }))
    .branch("either", () => true, {
      yes: { flow: (b: any) => b.waitFor("more", z.number()) },
      no: { flow: (b: any) => b.then("more too", loose("inner").waitFor("more", z.string()).build()) },
    })
    .build();
  const waiting = async () => {
    const journal = memoryJournal();
    expect((await plan.run("in", { journal, runId: "r" }))._unsafeUnwrapErr()).toMatchObject({ type: "suspended", step: "sure" });
    const refused = async (step: string, value: unknown) => {
      const { reason, message } = (await plan.answer("r", step, value, { journal }))._unsafeUnwrapErr();
      return [reason, message];
    };
    return { journal, refused };
  };

  test("that does not fit is refused, and the wait stays", async () => {
    const { journal, refused } = await waiting();
    expect(await refused("sure", { yes: 1 })).toEqual([
      "invalid",
      'Expected the answer to step "sure" to fit its schema: at yes: Invalid input: expected boolean, received number; it still waits',
    ]);
    expect((await journal.find("r"))._unsafeUnwrap().status).toBe("suspended");
  });

  test("to a step that does not wait is refused, with the one that may be meant", async () => {
    const { refused } = await waiting();
    expect(await refused("surf", { yes: true })).toEqual([
      "no_such_wait",
      'Expected the id of a step that waits for an answer, got "surf": did you mean "sure"?',
    ]);
    expect(await refused("quite different", 1)).toEqual([
      "no_such_wait",
      'Expected the id of a step that waits for an answer, got "quite different"',
    ]);
  });

  test("ahead of its wait, where steps of that id take different ones, is refused until one of them waits", async () => {
    const { journal, refused } = await waiting();
    expect(await refused("more", 5)).toEqual([
      "no_such_wait",
      'Expected the id of a step that waits for an answer, got "more": several steps of this id take different answers: wait for it, and answer through the run\'s handle',
    ]);
    expect((await plan.answer("r", "sure", { yes: true }, { journal })).isOk()).toBe(true);
    const handle = plan.start("in", { journal, runId: "live" });
    await expect.poll(() => handle.waits).toMatchObject([{ step: "sure" }]);
    expect((await handle.answer("sure", { yes: true })).isOk()).toBe(true);
    await expect.poll(() => handle.waits).toMatchObject([{ step: "more" }]);
    expect((await handle.answer("more", 5)).isOk()).toBe(true);
    expect((await handle.result)._unsafeUnwrap().output).toBe(5);
  });

  test("ahead of a wait that has one schema wherever it stands is taken for the first", async () => {
    const schema = z.string();
    const twice = loose("twice")
      .waitFor("first", z.string())
      .waitFor("name", schema)
      .then("inner", loose("in").waitFor("name", schema).build())
      .build();
    const journal = memoryJournal();
    await twice.run("in", { journal, runId: "r" });
    expect((await twice.answer("r", "name", "early", { journal })).isOk()).toBe(true);
    expect((await twice.answer("r", "first", "x", { journal })).isOk()).toBe(true);
    const result = await twice.resume("r", { journal });
    expect(result._unsafeUnwrapErr()).toMatchObject({ type: "suspended", path: "inner/name", steps: { name: "early" } });
  });
});

describe("a step that was under way when its owner was lost", () => {
  test("is tried again, as the next attempt, on the state that was written down", async () => {
    const store = memoryJournal();
    const began = Promise.withResolvers<void>();
    let lost = true;
    const seen: unknown[] = [];
    const plan = loose()
      .state({ k: 0 })
      .then("writes", ({ set }: any) => set({ k: 1 }))
      .then("long", async ({ attempt, state }: any) => {
        seen.push([attempt, state.k]);
        began.resolve();
        return lost ? new Promise(() => {}) : "done";
      })
      .build();
    const journal = memoryJournal(store);
    const running = plan.run("in", { journal, runId: "r", grace: 0 });
    await began.promise;
    await journal.close();
    expect((await running)._unsafeUnwrapErr()).toMatchObject({ type: "interrupted", path: "" });
    lost = false;
    const run = (await plan.resume("r", { journal: memoryJournal(store) }))._unsafeUnwrap();
    expect(run.output).toBe("done");
    expect(seen).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });
});

test("what a journal cannot keep ends its run as a failure of the run, and of no step", async () => {
  const plan = loose().then("a", fn).build();
  const failure = (await plan.run(() => 1, { journal: memoryJournal() }))._unsafeUnwrapErr();
  expect(failure).toMatchObject({ type: "not_serializable", step: "", path: "", attempts: 0, suppressed: [], issues: [] });
  const closed = memoryJournal();
  await closed.close();
  const interrupted = (await plan.run("in", { journal: closed }))._unsafeUnwrapErr();
  expect(interrupted).toMatchObject({ step: "", path: "", attempts: 0, suppressed: [] });
  expect(interrupted).not.toHaveProperty("issues");
});

describe("a run's handle, before what its journal takes is there", () => {
  const plan = loose().waitFor("sure", z.boolean()).build();

  test("shows no waits, and takes an answer and a cancel", async () => {
    const answered = plan.start("in", { journal: memoryJournal() });
    expect(answered.waits).toEqual([]);
    expect((await answered.answer("sure", true)).isOk()).toBe(true);
    expect((await answered.result)._unsafeUnwrap().output).toBe(true);
    const cancelled = plan.start("in", { journal: memoryJournal() });
    cancelled.cancel("enough");
    expect((await cancelled.result)._unsafeUnwrapErr()).toMatchObject({ type: "cancelled", reason: "enough" });
    await settle();
    expect(cancelled.waits).toEqual([]);
  });
});

// Reruns that were begun before, that have another plan, or that are asked for wrongly; and what they cost.

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { agent, workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { BuildError } from "../../src/plan/build-error.ts";
import { bothJournals } from "../support/journals.ts";
import { loose, thrownBy } from "../support/loose.ts";
import { servedModels } from "../support/models.ts";

const models = servedModels();

describe.each(bothJournals())("%s", (_, open) => {
  test("a rerun that was given up goes on, is not done twice under its id, and can be done anew itself", async () => {
    const journal = open();
    const calls: string[] = [];
    const plan = workflow("again")
      .then("a", ({ runId }) => calls.push(`a of ${runId}`))
      .then("b", ({ runId }) => calls.push(`b of ${runId}`))
      .waitFor("sure", z.boolean())
      .then("c", ({ runId }) => calls.push(`c of ${runId}`))
      .build();
    await plan.run("x", { journal, runId: "r" });
    calls.length = 0;
    const rerun = () => plan.rerun("r", { from: "b", journal, runId: "s" });
    expect((await rerun())._unsafeUnwrapErr().type).toBe("suspended");
    expect((await rerun())._unsafeUnwrapErr().type).toBe("suspended");
    expect(calls).toEqual(["b of s"]);
    await plan.answer("s", "sure", true, { journal });
    const done = (await rerun())._unsafeUnwrap();
    expect((await plan.resume("s", { journal }))._unsafeUnwrap().trace).toEqual(done.trace);
    expect((await plan.run("x", { journal, runId: "s" }))._unsafeUnwrap().output).toBe(done.output);
    expect(calls).toEqual(["b of s", "c of s"]);
    const third = (await plan.rerun("s", { from: "c", journal, runId: "t" }))._unsafeUnwrap();
    expect(third.steps).toMatchObject({ a: 1, sure: true });
    expect(calls).toEqual(["b of s", "c of s", "c of t"]);
    expect((await plan.rerun("r", { from: "a", journal, runId: "s" }))._unsafeUnwrapErr().type).toBe("run_exists");
    expect((await plan.rerun("r", { from: "a", journal, runId: "r" }))._unsafeUnwrapErr().type).toBe("run_exists");
    await journal.close();
  });

  test("what is taken over has to be in the plan as it was; from there on it may be another one", async () => {
    const journal = open();
    const calls: string[] = [];
    const did = (id: string) => (b: any) => b.then(id, () => calls.push(id));
    const plan = (...steps: string[]) => steps.reduce((b, id) => did(id)(b), loose("changed")).build();
    await plan("a", "b", "c", "d").run("x", { journal, runId: "r" });
    calls.length = 0;
    const renamed = (await plan("a", "b", "other", "e").rerun("r", { from: "other", journal, runId: "s" }))._unsafeUnwrap();
    expect(calls).toEqual(["other", "e"]);
    expect(Object.keys(renamed.steps)).toEqual(["a", "b", "other", "e"]);
    const refused = (await plan("a", "more", "b", "c").rerun("r", { from: "c", journal }))._unsafeUnwrapErr();
    expect(refused.type).toBe("plan_changed");
    expect(refused.message).toContain('✗ "more" is new, before "b"');
    expect(calls).toEqual(["other", "e"]);
    expect((await plan("a", "more", "b", "c").rerun("r", { from: "more", journal })).isOk()).toBe(true);
    await journal.close();
  });
});

test("what a model said before is not paid again", async () => {
  models.use(({ model }) => `${model} speaks`);
  const journal = memoryJournal();
  const plan = workflow("agents")
    .then("draft", agent({ model: "writer" }))
    .then("review", agent({ model: "critic" }))
    .build();
  const first = (await plan.run("topic", { journal, runId: "r" }))._unsafeUnwrap();
  const asked = models.requests.length;
  const again = (await plan.rerun("r", { from: "review", journal }))._unsafeUnwrap();
  expect(again.output).toBe(first.output);
  expect(models.requests.slice(asked).map(({ model }) => model)).toEqual(["critic"]);
  expect(again.usage).toEqual(first.usage);
});

test("mistakes are told where they are made", () => {
  const journal = memoryJournal();
  const plan = loose("mistaken")
    .then("draft", () => 1)
    .parallel("both", { x: () => 1 })
    .build();
  const threw = (options: object, runId: unknown = "r") => {
    const thrown = thrownBy(() => plan.rerun(runId, options)) as BuildError;
    expect(thrown).toBeInstanceOf(BuildError);
    return thrown.message;
  };
  expect(threw({ from: "drafd", journal })).toBe(
    'Expected "from" of a rerun to be the id of a step of the outermost chain, got "drafd": did you mean "draft"?',
  );
  expect(threw({ from: "x", journal })).toBe('Expected "from" of a rerun to be the id of a step of the outermost chain, got "x"');
  expect(threw({ journal })).toContain("got undefined");
  expect(threw({ from: "draft" })).toContain("a journal");
  expect(threw({ from: "draft", journal, state: {} })).toContain('"state"');
  expect(threw({ from: "draft", journal, runid: "s" })).toContain("runId");
  expect(threw({ from: "draft", journal }, 7)).toContain("got 7");
});

// Changed plans, where a run did not stand at a wait, and plans that are large.

import { describe, expect, test } from "vitest";
import { memoryJournal } from "../../src/journal/memory.ts";
import { arms, type Build, calls, did, f, named, plan, waits } from "./changing.ts";

const sure = waits("sure");

describe("a run whose owner is gone in the middle of a step", () => {
  /** Begins `a, b, c`, and loses its journal in `b`. */
  async function lost() {
    calls.length = 0;
    const journal = memoryJournal();
    const door = memoryJournal(journal);
    const dying = (w: any) =>
      w.then("b", async () => {
        calls.push("b");
        await door.close();
      });
    expect((await plan(f("a"), dying, f("c")).run("in", { journal: door, runId: "r" }))._unsafeUnwrapErr().type).toBe("interrupted");
    calls.length = 0;
    return journal;
  }

  test.each<[string, readonly Build[], string?]>([
    ["its body is another one", [f("a"), (w) => w.then("b", ({ attempt }: any) => calls.push(`b ${attempt}`)), f("c")]],
    ["later steps are other ones", [f("a"), (w) => w.then("b", ({ attempt }: any) => calls.push(`b ${attempt}`)), f("d"), f("e")]],
    ["it has another name", [f("a"), f("other"), f("c")], '✗ "b" is gone, or now called "other"'],
    ["it is gone", [f("a"), f("c")], '✗ "b" is gone'],
    ["it is of another kind", [f("a"), (w) => w.tap("b", did("b")), f("c")], '✗ "b" was a function, is now a tap'],
    ["it stands in a group", [f("a"), arms("parallel", ["b", did("b")]), f("c")], "✗"],
    ["something comes before it", [f("a"), f("more"), f("b"), f("c")], '✗ "more" is new, before "b"'],
  ])("%s", async (_, after, refused) => {
    const journal = await lost();
    const records = (await journal.read("r"))._unsafeUnwrap();
    const outcome = await plan(...after).resume("r", { journal });
    if (refused === undefined) {
      expect(outcome.isOk()).toBe(true);
      expect(calls.slice(0, 1)).toEqual(["b 2"]);
      expect(calls).not.toContain("a");
    } else {
      expect((outcome._unsafeUnwrapErr() as { readonly type: string }).type).toBe("plan_changed");
      expect(outcome._unsafeUnwrapErr().message).toContain(refused);
      expect(calls).toEqual([]);
      expect((await journal.read("r"))._unsafeUnwrap()).toEqual(records);
    }
  });
});

test("what a run has gone on with counts from then on", async () => {
  calls.length = 0;
  const journal = memoryJournal();
  const [first, second] = [plan(f("a"), sure, f("b")), plan(f("a"), sure, f("c"), waits("later"), f("d"))];
  await first.run("in", { journal, runId: "r" });
  await second.answer("r", "sure", true, { journal });
  expect((await second.resume("r", { journal }))._unsafeUnwrapErr()).toMatchObject({ type: "suspended", step: "later" });
  expect(calls).toEqual(["a", "c"]);
  const back = (await first.resume("r", { journal }))._unsafeUnwrapErr();
  expect(back.message).toContain('✗ "c" is gone, or now called "b"');
  const third = plan(f("a"), sure, f("c"), waits("later"), f("e"));
  await third.answer("r", "later", true, { journal });
  expect((await third.resume("r", { journal })).isOk()).toBe(true);
  expect(calls).toEqual(["a", "c", "e"]);
  expect((await third.resume("r", { journal })).isOk()).toBe(true);
  expect((await second.resume("r", { journal }))._unsafeUnwrapErr().type).toBe("plan_changed");
});

test("the shape of ten thousand steps takes little room, and is compared in no time", async () => {
  const journal = memoryJournal();
  const many = (last: string) => plan(waits("sure"), ...Array.from({ length: 9_998 }, (_, index) => f(`step-number-${index}`)), f(last));
  const [before, after] = [many("end"), many("other")];
  await before.run("in", { journal, runId: "r" });
  const records = (await journal.read("r"))._unsafeUnwrap();
  expect(records.join("").length).toBeLessThan(100_000);
  const from = performance.now();
  expect((await after.resume("r", { journal }))._unsafeUnwrapErr().type).toBe("suspended");
  expect(performance.now() - from).toBeLessThan(1_000);
});

test("a thousand sub-workflows in one another are compared without a stack overflow", async () => {
  const journal = memoryJournal();
  const deep = (innermost: string) => {
    let inner = named("p0", waits("sure"), f(innermost));
    for (let level = 1; level < 1_000; level++) inner = named(`p${level}`, (w: any) => w.use(inner));
    return inner;
  };
  expect((await deep("a").run("in", { journal, runId: "r" }))._unsafeUnwrapErr().type).toBe("suspended");
  expect((await deep("b").resume("r", { journal }))._unsafeUnwrapErr().type).toBe("suspended");
});

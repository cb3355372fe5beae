// Plans that were changed while a run of theirs was under way: which of them may go on with it, and that nothing happens where one may not.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { loose } from "../support/loose.ts";

const folder = mkdtempSync(join(tmpdir(), "heddle-changes-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const journals: readonly [string, () => Journal][] = [
  ["in memory", () => memoryJournal()],
  ["in SQLite", () => sqliteJournal(join(folder, `${files++}.db`))],
];

type Build = (b: any) => any;
/** Steps that write down that they ran. */
let calls: string[] = [];
const did =
  (name: string, value: unknown = name) =>
  (): unknown => {
    calls.push(name);
    return value;
  };
const f = (id: string) => (b: any) => b.then(id, did(id));
const waits = (id: string) => (b: any) => b.waitFor(id, z.boolean());
const all =
  (...steps: Build[]) =>
  (b: any) =>
    steps.reduce((built, step) => step(built), b);
const flow = (...steps: Build[]) => ({ flow: all(...steps) });
const plan = (...steps: Build[]) => all(...steps)(loose("changing")).build();
const named = (name: string, ...steps: Build[]) => all(...steps)(loose(name)).build();

interface Case {
  readonly what: string;
  readonly before: () => any;
  readonly after: () => any;
  /** What the refusal tells; undefined where the run goes on. */
  readonly refused?: readonly string[];
}
const cases: Case[] = [];
/** Runs of `before` stand at a wait, and are resumed with `after`. */
const change = (what: string, before: readonly Build[], after: readonly Build[], ...refused: string[]) =>
  cases.push({ what, before: () => plan(...before), after: () => plan(...after), ...(refused.length > 0 && { refused }) });

// A chain, which stands at its wait.
const chain = [f("a"), f("b"), waits("sure"), f("c"), f("d")];
const [a, b, sure, c, d] = chain as [Build, Build, Build, Build, Build];
change("nothing", chain, chain);
change("only a body", chain, [(w) => w.then("a", did("another a")), b, sure, c, d]);
change("only options", chain, [(w) => w.then("a", did("a"), { retries: 3, timeout: 1 }), b, sure, c, d]);
change("a later step removed", chain, [a, b, sure, d]);
change("all later steps removed", chain, [a, b, sure]);
change("a later step added", chain, [a, b, sure, c, f("more"), d]);
change("a step added after the last", chain, [...chain, f("more")]);
change("a step added right after the wait", chain, [a, b, sure, f("more"), c, d]);
change("a later step renamed", chain, [a, b, sure, f("other"), d]);
change("later steps reordered", chain, [a, b, sure, d, c]);
change("a later step of another kind", chain, [a, b, sure, (w) => w.tap("c", did("c")), d]);
change("a step added before the first", chain, [f("more"), ...chain], '✗ "more" is new', 'before "a"', 'from: "more"');
change("a step added between", chain, [a, f("more"), b, sure, c, d], '✗ "more" is new', 'from: "more"');
change("a step added right before the wait", chain, [a, b, f("more"), sure, c, d], '✗ "more" is new', 'before "sure"');
change("a step removed", chain, [a, sure, c, d], '✗ "b" is gone', 'from: "sure"');
change("the first step removed", chain, [b, sure, c, d], '✗ "a" is gone');
change("a step renamed", chain, [a, f("other"), sure, c, d], '✗ "b" is gone, or now called "other"', 'from: "other"');
change("steps reordered", chain, [b, a, sure, c, d], "stands elsewhere in the order");
change("a step moved behind the wait", chain, [a, sure, b, c, d], "stands elsewhere in the order");
change("a later step moved before the wait", chain, [a, b, c, sure, d], "stands elsewhere in the order");
change("a step of another kind", chain, [a, (w) => w.tap("b", did("b")), sure, c, d], '✗ "b" was a function, is now a tap');
change("the wait removed", chain, [a, b, c, d], '✗ "sure" is gone');
change("the wait renamed", chain, [a, b, waits("other"), c, d], '✗ "sure" is gone');
change("the wait made a step", chain, [a, b, f("sure"), c, d], '✗ "sure" was a waitFor, is now a function');
cases.push({
  what: "the plan's name",
  before: () => named("changing", ...chain),
  after: () => named("another", ...chain),
  refused: ['✗ the plan was "changing", is now called "another"', "begin a new run"],
});

// A group under way: one arm is over, the other waits.
const arms =
  (kind: string, ...list: (readonly [string, any])[]) =>
  (w: any) =>
    w[kind]("group", Object.fromEntries(list));
const x = ["x", flow(f("x1"), f("x2"))] as const;
const y = ["y", flow(f("y1"), sure, f("y2"))] as const;
for (const kind of ["parallel", "settle"]) {
  const group = [a, arms(kind, x, y), c];
  change(`${kind}: what comes after it`, group, [a, arms(kind, x, y), d, c]);
  change(`${kind}: a step at the end of the arm that waits`, group, [a, arms(kind, x, ["y", flow(f("y1"), sure, f("y2"), d)]), c]);
  change(`${kind}: a later step of the arm that waits renamed`, group, [a, arms(kind, x, ["y", flow(f("y1"), sure, d)]), c]);
  change(`${kind}: a step at the end of the arm that is over`, group, [a, arms(kind, ["x", flow(f("x1"), f("x2"), d)], y), c]);
  change(`${kind}: an arm added`, group, [a, arms(kind, x, y, ["z", did("z")]), c], '✗ arm "group/z" is new');
  change(`${kind}: an arm removed`, group, [a, arms(kind, y), c], '✗ arm "group/x" is gone');
  change(`${kind}: an arm renamed`, group, [a, arms(kind, ["w", x[1]], y), c], '✗ arm "group/x" is gone, or now called "w"');
  change(`${kind}: arms reordered`, group, [a, arms(kind, y, x), c], "stands elsewhere");
  change(`${kind}: a step of an arm renamed`, group, [a, arms(kind, ["x", flow(f("x1"), d)], y), c], '✗ "group/x/x2" is gone');
  change(`${kind}: a step of an arm added`, group, [a, arms(kind, x, ["y", flow(d, f("y1"), sure, f("y2"))]), c], '✗ "group/y/d" is new');
  change(`${kind}: an arm made one call`, group, [a, arms(kind, ["x", did("x")], y), c], "was several steps, is now one call");
  change(`${kind}: another kind of group`, group, [a, arms(kind === "settle" ? "parallel" : "settle", x, y), c], '✗ "group" was a');
  // It is over once the run waits behind it.
  const over = [a, arms(kind, x, ["y", did("y")]), sure, c];
  change(`${kind}, over: the same`, over, [...over, d]);
  change(
    `${kind}, over: a step at an arm's end`,
    over,
    [a, arms(kind, ["x", flow(f("x1"), f("x2"), d)], ["y", did("y")]), sure, c],
    'd" is new',
  );
  change(`${kind}, not begun: all of it`, [a, sure, arms(kind, x, ["y", did("y")]), c], [a, sure, arms("race", ["v", did("v")]), c]);
}
const won = [a, arms("race", ["x", flow(f("x1"))], ["y", flow(waits("never"))]), sure, c];
change(
  "race, over: a step for the winner",
  won,
  [a, arms("race", ["x", flow(f("x1"), d)], ["y", flow(waits("never"))]), sure, c],
  'd" is new',
);
change(
  "race, over: a step for the loser",
  won,
  [a, arms("race", ["x", flow(f("x1"))], ["y", flow(waits("never"), d)]), sure, c],
  'd" is new',
);

// Arms of which one is taken.
const choice =
  (...list: (readonly [string, any])[]) =>
  (w: any) =>
    w.branch("fork", () => true, Object.fromEntries(list));
const yes = ["yes", flow(f("left"), sure, f("right"))] as const;
const no = ["no", flow(f("down"))] as const;
const fork = [a, choice(yes, no), c];
change("branch: the arm that was not taken", fork, [a, choice(yes, ["no", flow(d, f("e"))]), c]);
change("branch: the arm that was not taken removed", fork, [a, choice(yes), c]);
change("branch: the arm that was not taken made a call", fork, [a, choice(yes, ["no", did("no")]), c]);
change(
  "branch: a later step of the arm that was taken",
  fork,
  [a, choice(["yes", flow(f("left"), sure, d)], no), c],
  '✗ "fork/yes/right" is gone',
);
change(
  "branch: a step at the end of the arm that was taken",
  fork,
  [a, choice(["yes", flow(f("left"), sure, f("right"), d)], no), c],
  '✗ "fork/yes/d" is new',
);
const passed = [a, (w: any) => w.branch("fork", () => false, { yes: did("yes") }), sure, c];
change(
  "branch: an arm where it passed through",
  passed,
  [a, (w: any) => w.branch("fork", () => false, { yes: did("yes"), no: did("no") }), sure, c],
  '✗ arm "fork/no" is new',
);
change("branch: the arm that it passed by", passed, [a, (w: any) => w.branch("fork", () => false, { yes: flow(d) }), sure, c]);
const routed = (key: string, list: object) => (w: any) => w.route("way", () => key, list);
const ways = [a, routed("m", { m: flow(f("m1"), sure), n: did("n") }), c];
change("route: an arm added, and arms reordered", ways, [a, routed("m", { k: did("k"), n: flow(d), m: flow(f("m1"), sure) }), c]);
change("route: the arm that was taken removed", ways, [a, routed("m", { n: did("n") }), c], '✗ arm "way/m" is gone');
const some = (list: object) => (w: any) => w.routeAll("ways", () => ["m"], list);
change(
  "routeAll: an arm added",
  [some({ m: flow(f("m1"), sure), n: did("n") })],
  [some({ m: flow(f("m1"), sure), n: did("n"), k: did("k") })],
  '✗ arm "ways/k" is new',
);

change("a group that only waits: removed", [a, arms("parallel", ["x", flow(sure)], ["y", flow(waits("other"))])], [a], '✗ "group" is gone');
change(
  "a group that only waits: one wait removed",
  [arms("parallel", ["x", flow(sure)], ["y", flow(waits("other"), c)])],
  [arms("parallel", ["x", flow(sure)], ["y", flow(c)])],
  '✗ "group/y/other" is gone',
);
change("a sub-workflow that only waits: removed", [(w) => w.use(named("sub", sure)), c], [c], '✗ "sub" is gone');

// Bodies.
const looped =
  (...steps: Build[]) =>
  (w: any) =>
    w.loop("again", flow(...steps), { until: ({ iteration }: any) => iteration === 2 });
change("loop: a later step of its body", [looped(f("l1"), sure, f("l2"))], [looped(f("l1"), sure, f("l2"), d)], '✗ "again/d" is new');
change("loop: what comes after it", [looped(f("l1"), sure, f("l2")), c], [looped(f("l1"), sure, f("l2")), d]);
change("loop, not begun: its body", [sure, looped(f("l1"))], [sure, looped(f("l2"))]);
const mapped =
  (...steps: Build[]) =>
  (w: any) =>
    w.map("each", () => [1, 2], flow(...steps));
change("map: a later step of its body", [mapped(f("m1"), sure, f("m2"))], [mapped(f("m1"), sure, d)], '✗ "each/m2" is gone');
change(
  "map: its body made one call",
  [mapped(f("m1"), sure)],
  [(w) => w.map("each", () => [1, 2], did("m"))],
  "was several steps, is now one call",
);

// Sub-workflows: chains of their own.
const sub =
  (...steps: Build[]) =>
  (w: any) =>
    w.use(named("sub", ...steps));
change("sub-workflow: a later step", [a, sub(f("s1"), sure, f("s2")), c], [a, sub(f("s1"), sure, d), c]);
change("sub-workflow: a step at its end", [a, sub(f("s1"), sure), c], [a, sub(f("s1"), sure, d), c]);
change("sub-workflow: an earlier step", [a, sub(f("s1"), sure), c], [a, sub(d, f("s1"), sure), c], '✗ "sub/d" is new');
change("sub-workflow, over: a step at its end", [a, sub(f("s1")), sure, c], [a, sub(f("s1"), d), sure, c], '✗ "sub/d" is new');
const under = (name: string) => (w: any) => w.then("step", named(name, f("s1"), sure));
change("sub-workflow: another plan", [under("one")], [under("two")], '✗ "step" was the plan "one", is now the plan "two"');

// A failure that was handled, and a sleep.
const broken = (w: any) =>
  w.then("broken", () => {
    calls.push("broken");
    throw new Error("no");
  });
const caught = (id: string) => (w: any) => w.catch(id, did(id));
change("catch: later steps", [broken, caught("rescue"), sure, c], [broken, caught("rescue"), sure, d]);
change("catch: a step between that was skipped", [broken, b, caught("rescue"), sure], [broken, caught("rescue"), sure], '✗ "b" is gone');
change("catch: the handler renamed", [broken, caught("rescue"), sure], [broken, caught("help"), sure], '✗ "rescue" is gone');
change("sleep: removed once it is over", [(w) => w.sleep("nap", 1), sure], [sure], '✗ "nap" is gone');
change("sleep: added after the wait", [sure], [sure, (w) => w.sleep("nap", 1)]);

describe.each(journals)("%s", (_, open) => {
  test.each(cases)("$what", async ({ before, after, refused }) => {
    calls = [];
    const journal = open();
    expect((await before().run("in", { journal, runId: "r" }))._unsafeUnwrapErr()).toMatchObject({ type: "suspended" });
    const stored = async () => {
      const { updatedAt: _, ...run } = (await journal.find("r"))._unsafeUnwrap();
      return { run, records: (await journal.read("r"))._unsafeUnwrap() };
    };
    const was = await stored();
    const done = [...calls];
    const events: string[] = [];
    const now = after();
    const resume = () => now.resume("r", { journal, observe: ({ type, path }: any) => void events.push(`${type} ${path}`) });
    if (refused !== undefined) {
      const failure = (await resume())._unsafeUnwrapErr();
      expect(failure.type).toBe("plan_changed");
      for (const text of refused) expect(failure.message).toContain(text);
      expect(calls).toEqual(done);
      expect(events).toEqual(["run.failed "]);
      expect(await stored()).toEqual(was);
      // The plan as it was goes on with it still.
      expect((await before().resume("r", { journal }))._unsafeUnwrapErr().type).toBe("suspended");
    } else {
      expect((await resume())._unsafeUnwrapErr()).toMatchObject({ type: "suspended" });
      // Only an arm that had been over already may have had something left to do.
      const more = calls.slice(done.length);
      for (const step of done) expect(more).not.toContain(step);
      const handle = now.start("in", { journal, runId: "r" });
      let over = false;
      const result = handle.result.then((ended: any) => {
        over = true;
        return ended;
      });
      while (!over) {
        const [wait] = handle.waits;
        if (wait !== undefined) await handle.answer(wait.step, true, { path: wait.path });
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect((await result).isOk()).toBe(true);
      // A step runs twice only where its loop or its map has it run twice.
      for (const step of done)
        if (!step.startsWith("l") && !step.startsWith("m")) expect(calls.filter((call) => call === step)).toHaveLength(1);
      expect((await now.resume("r", { journal })).isOk()).toBe(true);
    }
    await journal.close();
  });
});

describe("a run whose owner is gone in the middle of a step", () => {
  /** Begins `a, b, c`, and loses its journal in `b`. */
  async function lost() {
    calls = [];
    const journal = memoryJournal();
    const door = memoryJournal(journal);
    const dying = (w: any) =>
      w.then("b", async () => {
        calls.push("b");
        await door.close();
      });
    expect((await plan(f("a"), dying, f("c")).run("in", { journal: door, runId: "r" }))._unsafeUnwrapErr().type).toBe("interrupted");
    calls = [];
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
  calls = [];
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

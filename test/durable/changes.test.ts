// Plans that were changed while a run of theirs was under way: which of them may go on with it, and that nothing happens where one may not.

import { type Build, type Case, calls, changesIn, did, f, flow, named, tryEach, waits } from "./changing.ts";

const cases: Case[] = [];
const change = changesIn(cases);

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
change("a sub-workflow that only waits: removed", [(w) => w.use(named("sub", sure)), c], [c], '✗ "sub" is gone');

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

tryEach(cases);

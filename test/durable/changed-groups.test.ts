// Changed arms, while a run is in their group or has been through it. See changes.test.ts.

import { arms, type Case, changesIn, did, f, flow, tryEach, waits } from "./changing.ts";

const cases: Case[] = [];
const change = changesIn(cases);

const [a, sure, c, d] = [f("a"), waits("sure"), f("c"), f("d")];

// A group under way: one arm is over, the other waits.
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

tryEach(cases);

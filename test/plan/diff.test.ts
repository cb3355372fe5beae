// What became of a plan, as data and as lines for people.

import { expect, test } from "vitest";
import { type Change, diff } from "../../src/plan/diff.ts";
import { diffText } from "../../src/plan/diff-text.ts";
import type { Definition } from "../../src/plan/node.ts";
import { readShape, type Shape, shapeText } from "../../src/plan/shape.ts";
import { loose } from "../support/loose.ts";

const shape = (plan: { readonly name: string; readonly root: unknown }): Shape => readShape(shapeText(plan as unknown as Definition));
const chain = (...ids: string[]) => shape(ids.reduce((b, id) => b.then(id, () => 1), loose()).build());
const short = (changes: readonly Change[]) =>
  changes.map(({ type, path, to, at }) => `${type} ${path}${to === undefined ? "" : ` ${to}`} ${at}`);

test("a shape is read as it was written", () => {
  const plan = loose("every")
    .then("f", () => 1)
    .parallel("p", { x: () => 1, "odd [name]": { flow: (b: any) => b.tap("t", () => 1).sleep("z", 1) } })
    .branch("b", () => true, { yes: () => 1 })
    .loop("l", { flow: (b: any) => b.then("i", () => 1) }, { until: () => true })
    .map(
      "m",
      () => [],
      () => 1,
    )
    .use(
      loose("sub")
        .then("s", () => 1)
        .build(),
    )
    .catch("c", () => 1)
    .build();
  const read = shape(plan);
  const outline = (nodes: Shape["nodes"]): unknown[] =>
    nodes.map(({ id, kind, parts }) => [
      id,
      kind,
      ...parts.map(({ key, form, plan: name, nodes: inner }) => [key, form, name, outline(inner)]),
    ]);
  expect(outline(read.nodes)).toEqual([
    ["f", "step/function"],
    [
      "p",
      "parallel",
      ["x", "call", undefined, [["x", "step/function"]]],
      [
        "odd [name]",
        "chain",
        undefined,
        [
          ["t", "tap"],
          ["z", "sleep"],
        ],
      ],
    ],
    ["b", "branch", ["yes", "call", undefined, [["yes", "step/function"]]]],
    ["l", "loop", ["do", "chain", undefined, [["i", "step/function"]]]],
    ["m", "map", ["do", "call", undefined, [["m", "step/function"]]]],
    ["sub", "step/plan", ["do", "plan", "sub", [["s", "step/function"]]]],
    ["c", "catch"],
  ]);
  expect(diff(read, read)).toEqual([]);
});

test.each<[string, string, string, string[]]>([
  ["nothing", "a b c", "a b c", []],
  ["added at either end and between", "a b", "x a y b z", ["added x 0", "added y 1", "added z 2"]],
  ["removed", "a b c d", "a d", ["removed b 1", "removed c 2"]],
  ["renamed", "a b c", "a x c", ["renamed b x 1"]],
  ["several renamed", "a b c d", "x y c z", ["renamed a x 0", "renamed b y 1", "renamed d z 3"]],
  ["one for two", "a b c", "a x", ["renamed b x 1", "removed c 2"]],
  ["two for one", "a b c", "a x y c", ["renamed b x 1", "added y 2"]],
  ["moved to the front", "a b c d", "d a b c", ["moved d 0"]],
  ["moved to the end", "a b c d", "b c d a", ["moved a 0"]],
  ["turned round", "a b c", "c b a", ["moved a 0", "moved b 1"]],
  ["all of it", "a b", "x y", ["renamed a x 0", "renamed b y 1"]],
])("%s", (_, before, after, expected) => {
  expect(short(diff(chain(...before.split(" ")), chain(...after.split(" ")))).sort()).toEqual([...expected].sort());
});

test("changes inside of groups, bodies and sub-workflows are told by their paths", () => {
  const build = (arm: string, inner: string, turn: string, plan: string) =>
    shape(
      loose()
        .parallel("p", { x: () => 1, [arm]: { flow: (b: any) => b.then(inner, () => 1) } })
        .loop("l", { flow: (b: any) => b.then(turn, () => 1) }, { until: () => true })
        .then(
          "step",
          loose(plan)
            .then("s", () => 1)
            .build(),
        )
        .build(),
    );
  const changes = diff(build("y", "i", "t", "one"), build("z", "j", "u", "two"));
  expect(diffText(changes, () => true).split("\n")).toEqual([
    '  ✗ arm "p/y" is gone, or now called "z"',
    '  ✗ "p/y/i" is gone, or now called "j"',
    '  ✗ "l/t" is gone, or now called "u"',
    '  ✗ "step" was the plan "one", is now the plan "two"',
  ]);
});

test("an arm that is one call is told once, and matters where the call does", () => {
  const build = (...arms: readonly string[]) =>
    shape(
      loose()
        .parallel("p", Object.fromEntries(arms.map((arm) => [arm, () => 1])))
        .build(),
    );
  const renamed = diff(build("x", "y"), build("x", "z"));
  expect(renamed.map(({ of, type, path, to }) => [of, type, path, to])).toEqual([
    ["arm", "renamed", "p/y", "z"],
    ["step", "renamed", "p/y", "z"],
  ]);
  expect(diffText(renamed, () => true)).toBe('  ✗ arm "p/y" is gone, or now called "z"');
  expect(diffText(renamed, ({ of }) => of === "step")).toBe('  ✗ arm "p/y" is gone, or now called "z"');
  expect(diffText(renamed, () => false)).toContain('  · arm "p/y" is gone, or now called "z" (');
  expect(diffText(diff(build("x", "y"), build("x")), () => true)).toBe('  ✗ arm "p/y" is gone');
});

test("what matters comes first, twenty lines at most, and what is beyond is counted", () => {
  const old = Array.from({ length: 60 }, (_, index) => `s${index}`);
  const changes = diff(chain(...old), chain(...old.map((id, index) => (index % 2 === 0 ? id : `n${index}`))));
  const lines = diffText(changes, ({ at }) => at > 11).split("\n");
  expect(lines).toHaveLength(21);
  expect(lines[0]).toBe('  ✗ "s13" is gone, or now called "n13"');
  expect(lines.at(-1)).toBe("  and 10 more, of which 4 where the run has been");
  const few = diffText(changes, ({ at }) => at < 4).split("\n");
  expect(few.slice(0, 3).map((line) => line[2])).toEqual(["✗", "✗", "·"]);
  expect(few.at(-1)).toBe("  and 10 more");
});

test("names are data: nothing in them reaches a terminal, and wide ones are shown", () => {
  const esc = String.fromCharCode(27);
  const before = readShape(`w\nf${esc}[31mred\nf漢字👩‍💻`);
  const after = readShape(`w\nf\u202Eevil\nf漢字\nf${"long".repeat(200)}`);
  const text = diffText(diff(before, after), () => true);
  expect(text).not.toMatch(new RegExp(`[${esc}\u202E]`));
  expect(text).toContain("漢字");
  expect(text).toContain("202E");
  for (const line of text.split("\n")) expect(line.length).toBeLessThan(500);
});

test("ten thousand steps are compared in less time than it takes to notice", () => {
  const ids = (prefix: string) => Array.from({ length: 10_000 }, (_, index) => `${prefix}${index}`);
  const [same, other] = [chain(...ids("s")), chain(...ids("t"))];
  const from = performance.now();
  expect(diff(same, other)).toHaveLength(10_000);
  expect(diff(same, chain(...ids("s").reverse()))).toHaveLength(9_999);
  expect(diff(same, chain(...ids("s").slice(5_000)))).toHaveLength(5_000);
  expect(performance.now() - from).toBeLessThan(2_000);
});

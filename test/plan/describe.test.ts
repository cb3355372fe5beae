// A plan as JSON, as a picture and as a fingerprint, over every kind of step.
import { agent, step, team, workflow } from "heddle";
import { expect, test } from "vitest";
import { z } from "zod";
import { loose } from "../support/loose.ts";

const writer = agent({ name: "writer", model: "gpt-4o", instructions: "Write." });
const sub = workflow("sub")
  .then("inner", () => 1)
  .build();

const build = () =>
  loose("every kind")
    .then("ask", writer, { timeout: 5_000, retries: 3 })
    .then(
      "shared",
      step("shared", () => 1),
    )
    .tap("look", () => {})
    .parallel("both", { a: () => 1, b: { flow: (b: any) => b.then("b1", () => 1).then("b2", sub) } }, { concurrency: 2, timeout: 900 })
    .settle("all", { c: () => 1, d: () => 2 })
    .race("first", { e: () => 1, f: { do: () => 2, timeout: 10 } })
    .branch("either", () => true, { yes: () => 1, no: { flow: (b: any) => b.then("n", () => 2) } })
    .branch("perhaps", () => true, { yes: { flow: (b: any) => b } })
    .route("one", () => "g", { g: () => 1, h: { flow: (b: any) => b.sleep("nap", 5) } })
    .routeAll("some", () => ["i"], { i: () => 1, j: () => 2 })
    .routeBy("tag", "kind", { k: () => 1 })
    .loop("again", { flow: (b: any) => b.then("turn", () => 1) }, { until: () => true, max: 4, onLimit: "fail" })
    .loop("plain", () => 1, { until: () => true })
    .map("each", () => [1, 2], { flow: (b: any) => b.then("item", () => 1).then("item2", () => 2) }, { concurrency: 3 })
    .map(
      "every",
      () => [1],
      () => 1,
    )
    .waitFor("approval", z.string())
    .catch("mend", () => 1)
    .use(sub)
    .build();
const plan = build();

const call = (id: string) => ({ id, kind: "step", runs: "function" });
const arm = (name: string, ...steps: unknown[]) => ({ name, steps: steps.length === 0 ? [call(name)] : steps });
const subArms = [arm("do", call("inner"))];

test("describe: a team is told by its name, like an agent", () => {
  const desk = team({ name: "desk", model: "gpt-4o", members: { writer } });
  const { steps } = loose("w").then("lead", desk).build().describe();
  expect(steps).toMatchObject([{ id: "lead", kind: "step", runs: "team", name: "desk" }]);
});

test("describe: what each step is, runs and is bounded by, with its arms in declared order", () => {
  const { name, fingerprint, steps } = plan.describe();
  expect([name, fingerprint]).toEqual(["every kind", plan.fingerprint]);
  expect(steps).toStrictEqual([
    { id: "ask", kind: "step", runs: "agent", name: "writer", about: { model: ["gpt-4o"] }, timeout: 5_000, retries: 3 },
    call("shared"),
    { id: "look", kind: "tap", runs: "function" },
    {
      id: "both",
      kind: "parallel",
      timeout: 900,
      concurrency: 2,
      arms: [arm("a"), arm("b", call("b1"), { id: "b2", kind: "step", runs: "plan", name: "sub", arms: subArms })],
    },
    { id: "all", kind: "settle", arms: [arm("c"), arm("d")] },
    { id: "first", kind: "race", arms: [arm("e"), arm("f", { ...call("f"), timeout: 10 })] },
    { id: "either", kind: "branch", arms: [arm("yes"), arm("no", call("n"))] },
    { id: "perhaps", kind: "branch", arms: [{ name: "yes", steps: [] }] },
    { id: "one", kind: "route", arms: [arm("g"), arm("h", { id: "nap", kind: "sleep" })] },
    { id: "some", kind: "routeAll", arms: [arm("i"), arm("j")] },
    { id: "tag", kind: "routeBy", arms: [arm("k")] },
    { id: "again", kind: "loop", max: 4, onLimit: "fail", arms: [arm("do", call("turn"))] },
    { id: "plain", kind: "loop", max: 3, onLimit: "continue", arms: [arm("do", call("plain"))] },
    { id: "each", kind: "map", concurrency: 3, arms: [arm("do", call("item"), call("item2"))] },
    { id: "every", kind: "map", arms: [arm("do", call("every"))] },
    { id: "approval", kind: "wait" },
    { id: "mend", kind: "catch" },
    { id: "sub", kind: "step", runs: "plan", name: "sub", arms: subArms },
  ]);
  // Plain JSON: nothing is lost on the way.
  expect(JSON.parse(JSON.stringify(steps))).toEqual(steps);
});

test("toMermaid: every step, with an arrow from each of those that come before it", () => {
  expect(plan.toMermaid().split("\n")).toEqual([
    "flowchart TD",
    '  n0(["every kind"])',
    '  n1["ask (agent)"]',
    "  n0 --> n1",
    '  n2["shared"]',
    "  n1 --> n2",
    '  n3[/"look (tap)"/]',
    "  n2 --> n3",
    '  n4{{"both (parallel)"}}',
    "  n3 --> n4",
    '  n5["a"]',
    '  n4 -->|"a"| n5',
    '  n6["b1"]',
    '  n4 -->|"b"| n6',
    '  n7["b2 (plan)"]',
    "  n6 --> n7",
    '  n8[["sub"]]',
    "  n7 --> n8",
    '  n9{{"all (settle)"}}',
    "  n5 --> n9",
    "  n8 --> n9",
    '  n10["c"]',
    '  n9 -->|"c"| n10',
    '  n11["d"]',
    '  n9 -->|"d"| n11',
    '  n12{{"first (race)"}}',
    "  n10 --> n12",
    "  n11 --> n12",
    '  n13["e"]',
    '  n12 -->|"e"| n13',
    '  n14["f"]',
    '  n12 -->|"f"| n14',
    '  n15{"either (branch)"}',
    "  n13 --> n15",
    "  n14 --> n15",
    '  n16["yes"]',
    '  n15 -->|"yes"| n16',
    '  n17["n"]',
    '  n15 -->|"no"| n17',
    '  n18{"perhaps (branch)"}',
    "  n16 --> n18",
    "  n17 --> n18",
    '  n19{"one (route)"}',
    '  n18 -->|"yes"| n19',
    '  n18 -->|"no"| n19',
    '  n20["g"]',
    '  n19 -->|"g"| n20',
    '  n21("nap (sleep)")',
    '  n19 -->|"h"| n21',
    '  n22{"some (routeAll)"}',
    "  n20 --> n22",
    "  n21 --> n22",
    '  n23["i"]',
    '  n22 -->|"i"| n23',
    '  n24["j"]',
    '  n22 -->|"j"| n24',
    '  n25{"tag (routeBy)"}',
    "  n23 --> n25",
    "  n24 --> n25",
    '  n26["k"]',
    '  n25 -->|"k"| n26',
    '  n27{{"again (loop)"}}',
    "  n26 --> n27",
    '  n28["turn"]',
    "  n27 --> n28",
    '  n28 -.->|"again, at most 4"| n27',
    '  n29{{"plain (loop)"}}',
    '  n27 -->|"done"| n29',
    '  n30["plain"]',
    "  n29 --> n30",
    '  n30 -.->|"again, at most 3"| n29',
    '  n31[\\"each (map)"\\]',
    '  n29 -->|"done"| n31',
    '  n32["item"]',
    "  n31 --> n32",
    '  n33["item2"]',
    "  n32 --> n33",
    '  n34[\\"every (map)"\\]',
    "  n33 --> n34",
    '  n35["every"]',
    "  n34 --> n35",
    '  n36[/"approval (wait)"\\]',
    "  n35 --> n36",
    '  n37>"mend (catch)"]',
    "  n36 --> n37",
    '  n38["sub (plan)"]',
    "  n37 --> n38",
    '  n39[["sub"]]',
    "  n38 --> n39",
    '  n40(("end"))',
    "  n39 --> n40",
    "",
  ]);
});

test("toMermaid: names are shown as they are, and none of them is markup", () => {
  const odd = loose('q"<b>')
    .then("a|b]", () => 1)
    .then("é_1 (x), y.z-0 😀", () => 1)
    .build();
  const text = odd.toMermaid();
  expect(text).toContain('n0(["q#34;#60;b#62;"])');
  expect(text).toContain('n1["a#124;b#93;"]');
  expect(text).toContain('n2["é_1 (x), y.z-0 #128512;"]');
});

test("the fingerprint: kept by journals, and so the same from one release to the next", () => {
  expect(build().fingerprint).toBe("05ac3f0856a98bc001c835ed03f8a779");
});

test("the fingerprint: what a step runs counts, and not whether a function has a name of its own", () => {
  const prints = [
    loose().then("a", () => 1),
    loose().then("a", writer),
    loose().then("a", sub),
    loose().tap("a", () => 1),
    loose().parallel("a", { b: () => 1 }),
    loose().parallel("a", { b: { flow: (b: any) => b.then("c", () => 1) } }),
  ].map((built) => built.build().fingerprint);
  expect(new Set(prints).size).toBe(prints.length);
  const shared = loose().then(
    "a",
    step("other", () => 1),
  );
  expect(shared.build().fingerprint).toBe(prints[0]);
});

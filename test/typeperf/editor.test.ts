import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installed, type Project } from "../types/published.ts";
import { type Editor, openEditor } from "./editor.ts";
import { chain } from "./fixtures.ts";

/*
 * What an editor shows, asked of TypeScript's language service as an editor does, on a user's project.
 * A `‸` in the source is where the cursor is.
 */

const head = `import { agent, step, workflow } from "heddle";
const writer = agent({ model: "gpt-4o" });
type Media = { kind: "text"; text: string } | { kind: "image"; url: string };
const start = workflow("w").then("a", ({ last }) => last.length);
`;

let project: Project;
let editor: Editor;
beforeAll(async () => {
  project = await installed();
  editor = openEditor(project.directory);
}, 60_000);
afterAll(() => project?.[Symbol.asyncDispose]());

describe("completions", () => {
  test("after `steps.` are exactly the reachable names", () => {
    expect(editor.complete(`${head}start.then("b", ({ steps }) => steps.‸)`)).toEqual(["a"]);
    expect(editor.complete(`${head}start.then("b", () => 1).then("c", ({ steps }) => steps.‸).then("d", () => 1)`)).toEqual(["a", "b"]);
    expect(editor.complete(`${head}start.parallel("p", { x: () => 1, y: ({ steps }) => steps.‸ })`)).toEqual(["a"]);
    expect(
      editor.complete(`${head}start.parallel("p", { x: { flow: (b) => b.then("i", () => 1).then("j", ({ steps }) => steps.‸) } })`),
    ).toEqual(["a", "i"]);
    expect(
      editor.complete(`${head}start.loop("l", { flow: (b) => b.then("i", ({ last }) => last) }, { until: ({ steps }) => steps.‸ })`),
    ).toEqual(["a", "i"]);
    expect(editor.complete(`${head}start.then("b", writer, { input: ({ steps }) => steps.‸ })`)).toEqual(["a"]);
  });

  test("of arms are the routes that are missing", () => {
    const select = `({ last }) => (last > 1 ? "big" : "small")`;
    expect(editor.complete(`${head}start.route("r", ${select}, { ‸ })`)).toEqual(["big", "small"]);
    expect(editor.complete(`${head}start.route("r", ${select}, { big: () => 1, ‸ })`)).toEqual(["small"]);
    expect(editor.complete(`${head}start.routeAll("r", () => ["big", "small"], { ‸ })`)).toEqual(["big", "small"]);
    expect(editor.complete(`${head}start.then("m", (): Media => ({ kind: "text", text: "" })).routeBy("r", "‸")`)).toEqual(["kind"]);
    expect(editor.complete(`${head}start.then("m", (): Media => ({ kind: "text", text: "" })).routeBy("r", "kind", { ‸ })`)).toEqual([
      "image",
      "text",
    ]);
    expect(editor.complete(`${head}start.branch("b", () => true, { ‸ })`)).toEqual(["no", "yes"]);
  });

  test("of a team's mode", () => {
    const lead = `import { team } from "heddle";\nconst desk = { name: "desk", model: "gpt-4o", members: { writer } };\n`;
    const modes = ["collaborate", "coordinate", "route", "tasks"];
    expect(editor.complete(`${head}${lead}team({ ...desk, mode: "‸" })`)).toEqual(modes);
    expect(editor.complete(`${head}${lead}team({ name: "d", model: "m", members: { writer }, mode: "‸", instructions: "x" })`)).toEqual(
      modes,
    );
  });

  test("of the context and of options", () => {
    const context = ["attempt", "idempotencyKey", "input", "last", "runId", "set", "signal", "state", "steps"];
    expect(editor.complete(`${head}start.then("b", (ctx) => ctx.‸)`)).toEqual(context);
    expect(editor.complete(`${head}start.map("m", () => [1], (ctx) => ctx.‸)`)).toEqual([...context, "index"].sort());
    expect(editor.complete(`${head}start.then("b", writer, { ‸ })`)).toEqual(["input", "retries", "timeout", "undo"]);
    expect(editor.complete(`${head}start.then("b", () => 1, { ‸ })`)).toEqual(["output", "retries", "timeout", "undo"]);
  });

  test("of step ids, where a run is asked for its records", () => {
    const run = `const result = await start.then("b", () => 1).build().run("x");\nif (result.isOk()) result.value.`;
    expect(editor.complete(`${head}${run}record("‸")`)).toEqual(["a", "b"]);
    expect(editor.complete(`${head}${run}records("‸")`)).toEqual(["a", "b"]);
  });

  test("of the waits that a plan has, and of nothing where it has none", () => {
    const waiting = `import { z } from "zod";\nstart.waitFor("ok", z.boolean()).waitFor("paid", z.number())`;
    for (const [plan, ids] of [
      [waiting, ["ok", "paid"]],
      ["start", undefined],
    ] as const) {
      expect(editor.complete(`${head}${plan}.build().answer("run", "‸")`)).toEqual(ids);
      expect(editor.complete(`${head}${plan}.build().start("x").answer("‸")`)).toEqual(ids);
    }
  });

  test("never offer an error's sentence as an id or a step", () => {
    for (const source of [`start.then("‸", () => 1)`, `start.then("b", "‸")`, `start.then("b", "‸", { retries: 1 })`])
      expect(editor.complete(`${head}${source}`)?.filter((name) => name.includes(" ")) ?? [], source).toEqual([]);
  });
});

describe("hovers", () => {
  const everything = `${head}import { asTool, team, tool, toolSource } from "heddle";
import { err, ok } from "neverthrow";
import { z } from "zod";
const w = start
  .parallel("p", { x: ({ last }) => last, y: writer, z: { flow: (b) => b.then("inner", ({ last }) => [last]) } })
  .branch("b", (last) => last.x > 1, { yes: () => "s", no: () => 2 })
  .route("r", ({ last }) => (last === "s" ? "one" : "two"), { one: () => 1, two: () => true })
  .settle("s", { k: () => 1, l: writer })
  .race("f", { m: () => 1, n: () => "x" })
  .routeAll("ra", () => ["u", "v"], { u: () => 1, v: () => 2 })
  .loop("lo", (turn) => turn.last, { until: () => true })
  .loop("again", { flow: (repeated) => repeated.then("i", ({ last }) => last) }, { until: () => true })
  .map("mp", () => [1, 2], (item) => item.last)
  .catch("c", (caught) => caught.failure.message)
  .then("end", (ctx) => { const { last, steps } = ctx; return { last, steps }; });
const plan = start.then("b", ({ last }) => ({ half: last / 2 })).build();
const outer = workflow("outer").use(plan).then("z", (after) => after.steps.w);
const nested = start.parallel("q", { arm: { flow: (grown) => grown.then("leaf", ({ last }) => last) } });
const empty = workflow("empty");
const stateful = workflow("s").input(z.object({ n: z.string().transform(Number) })).state({ hits: 0 }).then("a", ({ last }) => last.n);
const finished = start.output(z.number());
const long = start${Array.from({ length: 20 }, (_, i) => `.then("l${i}", () => ${i})`).join("")};
const critic = agent({ model: "gpt-4o", output: z.object({ verdict: z.enum(["pass", "revise"]) }) });
const desk = team({ name: "desk", model: "gpt-4o", members: { writer, critic }, mode: "route" });
const remove = tool({ name: "remove", description: "Deletes a file.", input: z.object({ path: z.string() }), approval: true, run: ({ path }) => path.length });
const careful = agent({ model: "gpt-4o", tools: [remove] });
const size = step("size", (text: string) => (text === "" ? err({ type: "empty" as const }) : ok(text.length)));
const asking = workflow("ask").waitFor("approval", z.object({ yes: z.boolean() })).build();
const given = asTool(plan, { name: "halve", description: "Halves.", input: z.object({ text: z.string() }), toInput: ({ text }: { text: string }) => text });
const result = await plan.run("x");
const handle = asking.start("x");
const told = await asking.run("x");
if (told.isErr()) { const failure = told.error; const { type, steps: done } = failure; console.log(type, done); }
if (result.isOk()) { const run = result.value; const { output, steps: all } = run; console.log(output, all); }
for await (const event of handle.events) if (event.type === "step.started") { const { kind } = event; console.log(kind); }
`;
  const hover = (mark: string) => editor.hover(everything, mark);

  test("of everything that a user names show only what can be looked up", () => {
    const named = [...everything.matchAll(/const (?:\{ )?(\w+)|steps: (\w+)|\((\w+)\) =>/g)].map((match) => match[0].replace(/\) =>$/, ""));
    expect(named.length).toBeGreaterThan(30);
    // What TypeScript and the libraries that appear in signatures bring along.
    const foreign = ["Result", "ResultAsync", "AsyncIterable", "Promise", "ZodObject", "ZodString"];
    const known = new Set([...editor.exported(), ...foreign]);
    for (const mark of named) {
      const shown = hover(mark);
      expect(shown, mark).toMatch(/:/);
      // Text in quotes is the user's own.
      const types = shown.replace(/"[^"]*"/g, "").match(/\b[A-Z]\w+/g) ?? [];
      expect(
        types.filter((name) => !known.has(name)),
        `${mark}: ${shown}`,
      ).toEqual([]);
      expect(shown, mark).not.toMatch(/"~|\bany\b/);
    }
  });

  test("read as what they are", () => {
    expect(hover("const plan")).toBe(
      `const plan: Plan<"w", string, { half: number; }, { readonly k: "a"; readonly v: number; } | { readonly k: "b"; readonly v: { half: number; }; }, never, {}>`,
    );
    expect(hover("(after")).toBe(
      `(parameter) after: Context<string, { half: number; }, { readonly w: { readonly output: { half: number; }; readonly steps: { readonly a: number; readonly b: { half: number; }; }; }; }, {}>`,
    );
    expect(hover("const run")).toBe(`const run: Run<{ half: number; }, { readonly a: number; readonly b: { half: number; }; }>`);
    expect(hover("steps: all")).toBe(`const all: { readonly a: number; readonly b: { half: number; }; }`);
    expect(hover("const { output")).toBe(`const output: { half: number; }`);
    expect(hover("const writer")).toBe("const writer: Agent<string, AgentError>");
    expect(hover("const critic")).toBe(`const critic: Agent<{ verdict: "pass" | "revise"; }, AgentError>`);
    expect(hover("const desk")).toBe(`const desk: Team<string | { verdict: "pass" | "revise"; }, AgentError>`);
    expect(hover("const remove")).toBe(`const remove: Tool<{ path: string; }, number, Suspended<"remove", Approval>>`);
    expect(hover("const size")).toBe(`const size: Step<"size", string, number, { type: "empty"; }>`);
  });

  test("of a builder begin with its input, its last output, its steps and its errors", () => {
    expect(hover("const start")).toBe(
      `const start: Workflow<string, number, { readonly a: number; }, never, About<"w", {}, string>, First<1>>`,
    );
    expect(hover("const empty")).toBe(
      `const empty: Workflow<string, string, {}, never, About<"empty", {}, string>, Unwritten<"input" | "state">>`,
    );
    expect(hover("const stateful")).toMatch(
      `const stateful: Workflow<{ n: number; }, number, { readonly a: number; }, never, About<"s", { hits: number; }, { n: string; }>, First<1>>`,
    );
    expect(hover("(grown")).toBe(
      `(parameter) grown: Workflow<string, number, { readonly a: number; }, never, Nested<"w", {}, { readonly a: number; }, unknown>, Blank>`,
    );
    // All steps in one record, however many pages the compiler keeps them on.
    expect(hover("const long")).toMatch(
      new RegExp(
        `^const long: Workflow<string, number, \\{ readonly a: number; ${Array.from({ length: 20 }, (_, i) => `readonly l${i}: number;`).join(" ")} \\}, never,`,
      ),
    );
  });
});

test("a body's options complete, and its undo knows what it gives", () => {
  expect(editor.complete(`${head}start.loop("l", { do: ({ last }) => last, ‸ }, { until: () => true })`)).toEqual([
    "flow",
    "input",
    "retries",
    "timeout",
    "undo",
  ]);
  expect(editor.hover(`${head}start.map("m", () => [1], { do: ({ last }) => [last], undo: (gave) => gave });`, "(gave")).toBe(
    "(parameter) gave: number[]",
  );
});

test("in a chain of a hundred steps, completions come while one types", () => {
  const names = Array.from({ length: 100 }, (_, i) => `s${i}`).sort();
  const took = Array.from({ length: 5 }, (_, edit) => {
    const source = chain(100, `.then("end${edit}", ({ steps }) => steps.‸)`);
    const from = performance.now();
    expect(editor.complete(source)).toEqual(names);
    return performance.now() - from;
  }).sort((a, b) => a - b);
  // 150 ms is the goal on a machine of one's own; here others may be at work.
  expect(took[2]).toBeLessThan(600);
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installed, type Project } from "../types/published.ts";
import { type Editor, openEditor } from "./editor.ts";
import { type LanguageServer, openLanguageServer, type Shown } from "./language-server.ts";

/*
 * What hovering over a builder's method shows, in a short chain and in one of a hundred steps, in editors that run
 * TypeScript 6 and in those that run 7; and that there is something to show of all that can be imported.
 */

const calls = {
  then: `({ last }) => last`,
  tap: `() => 1`,
  parallel: `{ p: ({ last }) => last, q: writer }`,
  settle: `{ p: ({ last }) => last, q: writer }`,
  race: `{ p: ({ last }) => last, q: writer }`,
  branch: `(last) => last > 1, { yes: () => 1, no: writer }`,
  route: `({ last }) => (last > 1 ? "p" : "q"), { p: () => 1, q: writer }`,
  routeAll: `() => ["p", "q"], { p: () => 1, q: writer }`,
  loop: `({ last }) => last, { until: () => true }`,
  map: `() => [1], ({ last }) => last, { concurrency: 2 }`,
  catch: `({ failure }) => failure.message`,
  waitFor: `z.boolean()`,
  sleep: `1`,
};

/** The names of a method's parameters, as its doc comment and the README use them. */
const parameters: { readonly [method: string]: readonly string[] } = {
  then: ["id", "exec"],
  tap: ["id", "run", "options"],
  parallel: ["id", "arms", "options"],
  settle: ["id", "arms", "options"],
  race: ["id", "arms", "options"],
  branch: ["id", "when", "arms", "options"],
  route: ["id", "select", "arms", "options"],
  routeAll: ["id", "select", "arms", "options"],
  loop: ["id", "body", "options"],
  map: ["id", "items", "body", "options"],
  catch: ["id", "handler", "options"],
  waitFor: ["id", "schema", "options"],
  sleep: ["id", "duration"],
};

function source(steps: number): string {
  const chain = Array.from({ length: steps }, (_, i) => `.then("s${i}", () => ${i})`).join("");
  return `import { agent, step, workflow } from "heddle";
import { z } from "zod";
const writer = agent({ model: "gpt-4o" });
const sub = workflow("sub").input<number>().then("inner", ({ last }) => last).build();
const start = workflow("w")${chain};
${Object.entries(calls)
  .map(([method, given]) => `start.${method}("x", ${given});`)
  .join("\n")}
const value = start.then("value", step("up", (n: number) => n + 1));
const asked = value.then("x", writer, { input: ({ last }) => String(last), retries: 1 });
asked.then("y", () => 1, { timeout: 5 });
start.use(sub);
start.output(z.number()).build();
`;
}
const marks = [
  ...Object.keys(calls).map((method) => `start.${method}`),
  "= start.then",
  "value.then",
  "asked.then",
  "start.use",
  "start.output",
];

let project: Project;
let editor: Editor;
let server: LanguageServer;
beforeAll(async () => {
  project = await installed();
  editor = openEditor(project.directory);
  server = await openLanguageServer(project.directory);
}, 60_000);
afterAll(async () => {
  server?.[Symbol.dispose]();
  await project?.[Symbol.asyncDispose]();
});

const hovers = {
  6: async (text: string, mark: string): Promise<Shown> => ({
    type: editor.hover(text, mark),
    documentation: editor.documentation(text.replace(mark, `${mark.slice(0, -1)}‸${mark.slice(-1)}`)),
  }),
  7: (text: string, mark: string) => server.hover(text, mark),
};

describe.each([6, 7] as const)("in TypeScript %d, hovering over a method", (compiler) => {
  test.each([3, 100])("in a chain of %d steps shows only what can be looked up, and its doc comment", async (steps) => {
    const text = source(steps);
    const known = new Set([...editor.exported(), "PromiseLike", "Iterable", "AsyncIterable", "Date", "ZodBoolean", "ZodNumber"]);
    for (const mark of marks) {
      const shown = await hovers[compiler](text, mark);
      expect(shown.documentation.length, `${mark} is documented`).toBeGreaterThan(60);
      const names = shown.type.replace(/"[^"]*"/g, "").match(/\b[A-Z]\w+/g) ?? [];
      expect(
        names.filter((name) => !known.has(name)),
        `${mark}: ${shown.type}`,
      ).toEqual([]);
      expect(shown.type, mark).not.toMatch(/"~|\bany\b/);
      // Of a hundred steps the compilers themselves leave most out.
      expect(shown.type.length, mark).toBeLessThan(steps === 3 ? 700 : 1_800);
    }
  });

  test("begins with what it was called with, and names its parameters", async () => {
    for (const method of Object.keys(calls)) {
      const { type } = await hovers[compiler](source(3), `start.${method}`);
      expect(type).toMatch(new RegExp(`^\\(method\\) \\w+\\.${method}<"x"`));
      for (const name of parameters[method] ?? []) expect(type).toMatch(new RegExp(`\\b${name}\\??: `));
    }
  });

  test("of one step reads as it is meant", async () => {
    const text = source(1);
    const before = `Workflow<string, number, { readonly s0: number; }, never, About<"w", {}, string>, First<1>>`;
    const after = `Workflow<string, number, { readonly s0: number; readonly x: number; }, never, About<"w", {}, string>, First<2>>`;
    const context = `Context<string, number, { readonly s0: number; }, {}>`;
    expect((await hovers[compiler](text, "start.then")).type).toMatch(
      `(method) Sequence.then<"x", StepValue, number, ${before}>(this: ${before}, id: "x", exec: (ctx: ${context}) => number): ${after}`,
    );
    expect((await hovers[compiler](text, "start.tap")).type).toBe(
      `(method) Sequence.tap<"x", number, ${before}>(this: ${before}, id: "x", run: (ctx: ${context}) => number, options?: StepOptions): ${before}`,
    );
    expect((await hovers[compiler](text, "start.output")).type).toMatch(/output<.*>\(schema: z\.ZodNumber\): Finished<string, number, \{/);
  });
});

test("all that can be imported is documented, and so is every member of it", () => {
  expect(editor.exported().length).toBeGreaterThan(100);
  expect(editor.undocumented()).toEqual([]);
});

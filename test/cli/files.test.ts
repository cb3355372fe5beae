import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { folderWith, heddle, loadAll, type Told } from "./heddle.ts";

let folder: string;
const plan = (name: string) => `workflow("${name}").then("say", () => "${name}").build()`;
const heading = 'import { agent, step, workflow } from "heddle";';

beforeAll(async () => {
  folder = await folderWith({
    "one.ts": `${heading} export const first = ${plan("first")}; export const helper = agent({ model: "m" }); export const other = 1;`,
    "several.ts": `${heading} export const first = ${plan("first")}; export const second = ${plan("second")};`,
    "twice.ts": `${heading} export const first = ${plan("first")}; export const again = first;`,
    "both.ts": `${heading} export const first = ${plan("first")}; export default ${plan("default")};`,
    "builder.ts": `${heading} export default workflow("w").then("say", () => 1);`,
    "no-plan.ts": `${heading} export const s = step("s", () => 1); export const p = Promise.resolve(1);`,
    "empty.ts": "export {};",
    "a #1 100%20?.ts": `${heading} export default ${plan("odd name")};`,
    "enum.ts": "export const a = 1;\nenum Color { Red }\nexport default Color;",
    "property.ts": "class A { constructor(private x: number) {} }",
    "imports-enum.ts": 'import "./enum.ts";',
    "syntax.ts": "export const a: number = = 2;",
    "syntax.mjs": "\nexport const a = ;",
    "throws.ts": 'const fail = () => { throw new TypeError("boom\\u001b[31m"); };\nfail();',
    "throws-nothing.ts": "throw undefined;",
    "parses.ts": 'JSON.parse("{");',
    "misbuilt.ts": `${heading}\nexport default workflow("w").then("", () => 1).build();`,
    "package.ts": 'import "no-such-package";',
    "sibling.ts": 'import "./missing.ts";',
    "name.ts": 'import { Missing } from "./empty.ts"; Missing();',
    "awaits.ts": "await new Promise(() => {});",
    "stuck.ts": `${heading} export default workflow("stuck").then("a", () => new Promise(() => {})).build();`,
    "data.json": "{}",
    "page.tsx": "export const a = <div />;",
  });
});

const run = (file: string, ...more: readonly string[]) => heddle(["run", file, "input", "-q", ...more], { cwd: folder });

const refused = [
  ["several.ts", 2, "Expected <dir>several.ts to export one plan, got 2: choose with --export first, --export second"],
  [
    "builder.ts",
    1,
    "Expected the default export of <dir>builder.ts to be a plan, got a workflow that is not built: call .build() at its end",
  ],
  [
    "no-plan.ts",
    1,
    "Expected <dir>no-plan.ts to export a plan, an agent or a team, got the exports p (a promise, which the file must await), s (a step() value, which is run as part of a workflow): export what .build() returns",
  ],
  ["empty.ts", 1, "Expected <dir>empty.ts to export a plan, an agent or a team, got no exports: export what .build() returns"],
  ["missing.ts", 2, 'Expected a file "missing.ts", got none at <dir>missing.ts: check the path'],
  ["throw.ts", 2, 'Expected a file "throw.ts", got none at <dir>throw.ts: did you mean "throws.ts"?'],
  ["one", 2, 'Expected a file "one", got none at <dir>one: did you mean "one.ts"?'],
  [".", 2, 'Expected "." to be a file, got a directory: name the file in it that exports a plan'],
  ["data.json", 2, 'Expected "data.json" to be a TypeScript or JavaScript file (.ts, .mts, .cts, .js, .mjs, .cjs), got .json'],
  ["page.tsx", 2, 'Expected "page.tsx" to be a TypeScript or JavaScript file (.ts, .mts, .cts, .js, .mjs, .cjs), got .tsx'],
  [
    "enum.ts",
    1,
    "Expected <dir>enum.ts:2 to hold TypeScript whose types Node can strip, got a feature that makes code (enum): write it in JavaScript's own terms, such as an object instead of an enum, or compile the file first",
  ],
  ["imports-enum.ts", 1, "Expected <dir>enum.ts:2 to hold"],
  ["property.ts", 1, "got a feature that makes code (parameter property)"],
  ["syntax.ts", 1, "Expected <dir>syntax.ts:1 to be valid TypeScript or JavaScript, got a syntax error: Expression expected"],
  ["syntax.mjs", 1, "Expected <dir>syntax.mjs:2 to be valid TypeScript or JavaScript, got a syntax error: Unexpected token ';'"],
  ["throws.ts", 1, "Expected <dir>throws.ts to load, but it threw at <dir>throws.ts:1:28: TypeError: boom"],
  ["throws-nothing.ts", 1, "Expected <dir>throws-nothing.ts to load, but it threw: undefined"],
  ["parses.ts", 1, "Expected <dir>parses.ts to load, but it threw at <dir>parses.ts:1:6: SyntaxError: Expected property name"],
  ["misbuilt.ts", 1, "Expected <dir>misbuilt.ts to load, but it threw at <dir>misbuilt.ts:2:30: BuildError: Expected a step's id"],
  [
    "package.ts",
    1,
    "Expected everything that <dir>package.ts imports to be there, got no package no-such-package: install it with `npm install no-such-package`",
  ],
  [
    "sibling.ts",
    1,
    "Expected everything that <dir>sibling.ts imports to be there, got no file <dir>missing.ts: check the path of the import",
  ],
  [
    "name.ts",
    1,
    'Expected ./empty.ts to export "Missing", which <dir>name.ts:1 imports: check the name; if it is a type, write `import type`',
  ],
] as const;

describe.concurrent("what is run", () => {
  test.for([
    ["one.ts", "first"],
    ["twice.ts", "first"],
    ["both.ts", "default"],
    ["a #1 100%20?.ts", "odd name"],
  ] as const)("%s: %s", async ([file, name], { expect }) => {
    expect(await run(file)).toEqual({ code: 0, stdout: `${name}\n`, stderr: "" });
  });

  test("the export that --export names", async ({ expect }) => {
    expect((await run("several.ts", "--export", "second")).stdout).toBe("second\n");
  });
});

describe.concurrent("one clear message", () => {
  // Loaded by one process, one after the other: a process for each would take most of the suite's time.
  let told: Readonly<Record<string, Told>>;
  beforeAll(async () => {
    told = await loadAll(folder, [...refused.map(([file]) => file)]);
  });

  test.for(refused)("%s", ([file, exitCode, message], { expect }) => {
    const shown = told[file]?.message.replaceAll(join(folder, "/"), "<dir>");
    expect(shown).toContain(message);
    expect(told[file]?.exitCode).toBe(exitCode);
  });

  test("an export that is not there, or is no plan", async ({ expect }) => {
    expect((await run("one.ts", "-e", "frist")).stderr).toMatch(
      /to export "frist", got the exports first \(plan\), helper \(agent\), other \(1\): did you mean "first"\?/,
    );
    expect((await run("one.ts", "-e", "other")).stderr).toMatch(/the export "other" of .* to be a plan, an agent or a team, got 1/);
  });

  test("a file that never finishes loading", async ({ expect }) => {
    expect(await run("awaits.ts")).toEqual({
      code: 1,
      stdout: "",
      stderr: `heddle: Expected ${join(folder, "awaits.ts")} to load, but it awaits something that never comes: check its top-level await\n`,
    });
  });

  test("said in one line on standard error, with the stack only when asked for", async ({ expect }) => {
    const [plain, verbose] = await Promise.all([run("throws.ts"), run("throws.ts", "--verbose")]);
    expect([plain.code, plain.stdout, plain.stderr.split("\n").length]).toEqual([1, "", 2]);
    expect(plain.stderr).toMatch(/^heddle: Expected .*throws\.ts to load, but it threw/);
    expect(verbose.stderr).toMatch(/^ {4}at .*throws\.ts:2:1/m);
  });

  test("a run that nothing can end is ended", async ({ expect }) => {
    const { code, stderr } = await run("stuck.ts");
    expect(code).toBe(1);
    expect(stderr).toContain("The run was cancelled: a step under way waits for something that never comes");
  });
});

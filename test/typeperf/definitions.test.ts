import { readFile, realpath } from "node:fs/promises";
import { SourceMap } from "node:module";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installed, type Project } from "../types/published.ts";
import { type Editor, openEditor } from "./editor.ts";

/* Where an editor goes from a builder's method: to its documented interface, and from there to its source. */

const head = `import { workflow } from "heddle";
const start = workflow("w").then("a", ({ last }) => last.length);
`;

/** The methods of a builder, by the file that documents them. */
const parts = {
  sequence: ["then", "tap", "use"],
  groups: ["parallel", "settle", "race"],
  choices: ["branch", "route", "routeAll", "routeBy"],
  repetition: ["loop", "map"],
  waits: ["waitFor", "sleep"],
  recovery: ["catch"],
  workflow: ["input", "state", "output", "build"],
};

let project: Project;
let editor: Editor;
beforeAll(async () => {
  project = await installed();
  editor = openEditor(project.directory);
}, 60_000);
afterAll(() => project?.[Symbol.asyncDispose]());

test("a method's definition is the documented interface", () => {
  const source = `${head}start.‸then("b", () => 1)`;
  expect(editor.definition(source)).toMatch(/heddle\/dist\/builder\/sequence\.d\.ts$/);
  expect(editor.documentation(source)).toContain("One step: a function of the context, an agent, a team, a `step()` value or a plan.");
  for (const [file, methods] of Object.entries(parts))
    for (const method of methods) {
      const call = `${head}start.‸${method}("b", () => 1)`;
      expect(editor.definition(call), method).toMatch(new RegExp(`heddle/dist/builder/${file}\\.d\\.ts$`));
      expect(editor.documentation(call).length, `${method} is documented`).toBeGreaterThan(60);
    }
});

test("a published declaration leads to the source that the package ships", async () => {
  for (const [file, methods] of Object.entries(parts)) {
    const declarations = `${project.directory}/node_modules/heddle/dist/builder/${file}.d.ts`;
    const map = new SourceMap(JSON.parse(await readFile(`${declarations}.map`, "utf8")));
    const written = await readFile(declarations, "utf8");
    for (const method of methods) {
      const at = written.search(new RegExp(`^ {4}${method}[<(]`, "m"));
      const line = written.slice(0, at).split("\n").length - 1;
      const entry = map.findEntry(line, 4);
      if (!("originalSource" in entry)) throw new Error(`Expected ${method} to be mapped`);
      const source = await readFile(new URL(entry.originalSource, pathToFileURL(await realpath(declarations))), "utf8");
      expect(source.split("\n")[entry.originalLine], method).toMatch(new RegExp(`^  ${method}\\b`));
    }
  }
  const { files } = JSON.parse(await readFile(`${project.directory}/node_modules/heddle/package.json`, "utf8"));
  expect(files).toContain("src");
});

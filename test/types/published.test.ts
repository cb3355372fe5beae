import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installed, type Project } from "./published.ts";

let project: Project;
beforeAll(async () => {
  project = await installed();
}, 60_000);
afterAll(() => project?.[Symbol.asyncDispose]());

const emit = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly"];

test.each([6, 7] as const)("TypeScript %d writes declarations of what users infer, and reads them back", async (compiler) => {
  const source = await readFile(new URL("consumer.ts", import.meta.url), "utf8");
  expect(await project.compile(compiler, "consumer.ts", source, emit)).toBe("");
  const written = await readFile(`${project.directory}/consumer.d.ts`, "utf8");
  // A name that heddle does not export would be written as import("heddle/dist/...").
  expect(written.match(/import\("(?!heddle"|neverthrow"|zod)[^"]*"\)/g)).toBeNull();
  const reader = `
import { plan } from "./consumer.js";
const result = await plan.run("x", { state: { hits: 1 } });
if (result.isOk()) {
  const web: string | undefined = result.value.steps.web;
  const opinion = result.value.steps.opinions?.critic;
  if (opinion?.ok) opinion.value.verdict satisfies "pass" | "revise";
  console.log(web);
}
// @ts-expect-error there is no such step
if (result.isOk()) console.log(result.value.steps.nowhere);
`;
  expect(await project.compile(compiler, "reader.ts", reader)).toBe("");
});

test.each([6, 7] as const)("TypeScript %d takes the declarations for an older language and without the types of Node", async (compiler) => {
  const source = `
import { workflow } from "heddle";
import { worker } from "heddle/server";
import { memoryJournal } from "heddle/testing";
export const plan = workflow("hello").then("greeting", ({ last }) => \`Hello, \${last}\`).build();
await using journal = memoryJournal();
await using hand = worker([plan], { journal });
`;
  // Any package in place of Node's types.
  const flags = ["--target", "es2022", "--lib", "es2022,dom", "--types", "neverthrow", "--skipLibCheck", "false"];
  expect(await project.compile(compiler, "older.ts", source, flags)).toBe("");
});

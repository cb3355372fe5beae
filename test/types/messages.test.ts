import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Compiler, installed, type Project } from "./published.ts";

/*
 * What the compilers say about common mistakes: users read it more often than the docs. `mistakes.ts.txt` has one mistake a
 * line, under a name; the snapshots hold the messages, so that a change for the worse shows.
 */

let project: Project;
const said = {} as Record<Compiler, ReadonlyMap<string, string>>;

beforeAll(async () => {
  project = await installed();
  const source = await readFile(new URL("mistakes.ts.txt", import.meta.url), "utf8");
  for (const compiler of [6, 7] as const) said[compiler] = byMistake(await project.compile(compiler, "mistakes.ts", source), source);
}, 60_000);
afterAll(() => project?.[Symbol.asyncDispose]());

/** The messages by the names of the mistakes. */
function byMistake(output: string, source: string): ReadonlyMap<string, string> {
  const lines = source.split("\n");
  const names = lines.flatMap((line) => /^\/\* (.*?) \*\//.exec(line)?.[1] ?? []);
  const found = new Map<string, string>();
  for (const [, line = "", message = ""] of output.matchAll(/^mistakes\.ts\((\d+),\d+\): error (TS\d+: .*(?:\n .*)*)/gm)) {
    const name = /^\/\* (.*?) \*\//.exec(lines[Number(line) - 1] ?? "")?.[1] ?? `line ${line}`;
    expect(found.has(name), `one mistake is one error: ${name}`).toBe(false);
    found.set(name, message);
  }
  expect([...found.keys()], "every mistake is found, and nothing else").toEqual(names);
  return found;
}

test.each([6, 7] as const)("TypeScript %d says what to do", async (compiler) => {
  const text = [...said[compiler]].map(([name, message]) => `## ${name}\n${message}\n`).join("\n");
  await expect(text).toMatchFileSnapshot(`./messages-${compiler}.txt`);
});

test.each([6, 7] as const)("TypeScript %d is brief about the commonest mistakes, with all it says", (compiler) => {
  for (const name of [
    "a name twice",
    "an input that does not fit",
    "a missing route",
    "a missing variant",
    "a route that is never chosen",
    "input() after a step",
    "a loop whose body does not feed itself",
    "a misspelt step",
    "a text for a step",
    "a function of the text, not of the context",
  ]) {
    expect(said[compiler].get(name)?.length, name).toBeLessThan(300);
  }
});

// Here the argument prints as long as it is: a builder, a plan, or a function of one (docs/type-cost.md).
const long = new Set([
  "a flow that returns nothing",
  "a flow that builds",
  "a misspelt option of a body",
  "a sub-workflow that does not fit, under an id",
]);

test.each([6, 7] as const)("TypeScript %d says what to do in the first line", (compiler) => {
  for (const [name, message] of said[compiler]) expect(message.split("\n")[0]?.length, name).toBeLessThan(long.has(name) ? 400 : 300);
});

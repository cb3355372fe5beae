import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { folderWith, heddle } from "../../cli/heddle.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const files = (await readdir(`${root}examples/patterns`)).toSorted();

/** What to give to those that want more than a topic, and that they do without a network. */
const inputs: Readonly<Record<string, string>> = {
  "durable.ts": '{ "customer": "Ada", "amount": 90 }',
  "input.ts": '{ "picture": "https://example.com/loom.png" }',
  "map.ts": "A loom holds threads.\n\nA heddle guides them.",
  "timeout-and-retries.ts": "data:text/plain,A%20heddle%20guides%20each%20warp%20thread%20of%20a%20loom.",
  "undo.ts": '{ "item": "loom", "count": 1 }',
};

/** They wait for a person, and there is no terminal to ask on. */
const asks: ReadonlySet<string> = new Set(["approval.ts", "durable.ts"]);

const texts = await Promise.all(files.map((file) => readFile(`${root}examples/patterns/${file}`, "utf8")));
/** The examples beside the sources, as a user has them beside the installed packages. */
const folder = await folderWith(
  Object.fromEntries(
    texts.map((text, index) => [
      files[index],
      text.replaceAll(/from "(zod|openai|neverthrow)"/g, (_, name: string) => `from ${JSON.stringify(import.meta.resolve(name))}`),
    ]),
  ),
);

describe.concurrent("heddle run", () => {
  test.each(files)("%s", async (file) => {
    // No key and no address: the offline engine answers, over HTTP as any server would.
    const input = inputs[file] ?? "Durable execution of agents";
    const { code, stdout, stderr } = await heddle(["run", file, input], { cwd: folder, env: {} });
    expect(stderr).toContain("the built-in offline engine");
    if (asks.has(file)) {
      expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining("waits for an answer") });
      return;
    }
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout.trim().length).toBeGreaterThan(10);
  });
});

describe("the list of examples", () => {
  test("names every pattern once, and nothing that is not there", async () => {
    const list = await readFile(`${root}examples/README.md`, "utf8");
    const linked = [...list.matchAll(/^\| \[(.*?)\]\((.*?)\)/gm)].map(([, name, path]) => [name, path]);
    expect(linked.toSorted()).toEqual(files.map((file) => [file.replace(".ts", ""), `patterns/${file}`]).toSorted());
    const readme = await readFile(`${root}README.md`, "utf8");
    expect([...readme.matchAll(/\]\(examples\/patterns\/(.*?)\)/g)].map(([, file]) => file).toSorted()).toEqual(files);
    for (const [, path = ""] of list.matchAll(/\]\((.*?)\)/g)) expect(await readFile(`${root}examples/${path}`, "utf8")).not.toBe("");
  });
});

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startOffline } from "heddle/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entries = {
  heddle: "src/index.ts",
  "heddle/ai-sdk": "src/ai-sdk/index.ts",
  "heddle/server": "src/server/index.ts",
  "heddle/sqlite": "src/journal/sqlite.ts",
  "heddle/testing": "src/testing/index.ts",
};

interface Fence {
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** Every TypeScript fence of the README and of docs/. */
async function fences(): Promise<readonly Fence[]> {
  const docs = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md")).map((name) => join("docs", name));
  const found = ["README.md", ...docs].map(async (file) => {
    const text = await readFile(join(root, file), "utf8");
    return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(({ index, 1: code = "" }) => ({
      file,
      line: text.slice(0, index).split("\n").length,
      code,
    }));
  });
  return (await Promise.all(found)).flat();
}

const found = await fences();
const fileOf = (fence: Fence) => `${fence.file.replace(/\W/g, "-")}-${fence.line}.ts`;
let folder: string;
let offline: Awaited<ReturnType<typeof startOffline>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heddle-fences-"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  offline = await startOffline();
});

afterAll(async () => {
  await offline.close();
  await rm(folder, { recursive: true });
});

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env, timeout: 25_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}

describe("what the docs show", () => {
  test("there is something to check", () => expect(found.length).toBeGreaterThan(1));

  test("compiles", async () => {
    await mkdir(join(folder, "types"));
    for (const fence of found) await writeFile(join(folder, "types", fileOf(fence)), `${fence.code}\nexport {};\n`);
    const paths = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, [join(root, entry)]]));
    const config = {
      extends: relative(folder, join(root, "tsconfig.json")),
      compilerOptions: { paths, types: ["node"], typeRoots: [join(root, "node_modules/@types")] },
      include: ["types"],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const { output } = await run([join(root, "node_modules/typescript-7/bin/tsc"), "-p", "."], process.env);
    expect(output).toBe("");
  });

  test.each(found.map((fence) => [`${fence.file}:${fence.line}`, fence] as const))("%s runs", async (_, fence) => {
    const code = fence.code.replace(
      /from "(heddle[^"]*)"/g,
      (_whole, name: keyof typeof entries) => `from ${JSON.stringify(pathToFileURL(join(root, entries[name])).href)}`,
    );
    const file = join(folder, fileOf(fence));
    await writeFile(file, code);
    const { code: exit, output } = await run([file], { ...process.env, OPENAI_BASE_URL: offline.url, OPENAI_API_KEY: "test-key" });
    expect({ exit, output }).toMatchObject({ exit: 0 });
    // The README prints a failure instead of throwing it.
    expect(output).not.toContain("step_failed");
  });
});

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { nodeProblem } from "../../src/cli/node-version.ts";
import { folderWith, heddle } from "./heddle.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
let installed: string;

// A folder as `npm install heddle` leaves it, without asking npm for packages: built, and beside its dependencies.
beforeAll(async () => {
  folder = await folderWith({});
  installed = join(folder, "node_modules/heddle");
  await mkdir(installed, { recursive: true });
  await cp(join(root, "package.json"), join(installed, "package.json"));
  const built = spawnSync(process.execPath, [join(root, ".ci/build.ts"), await realpath(installed)], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(built.stdout + built.stderr);
  const packages = (await readdir(join(root, "node_modules"))).filter((name) => !name.startsWith(".") && name !== "heddle");
  await Promise.all(packages.map((name) => symlink(join(root, "node_modules", name), join(folder, "node_modules", name), "junction")));
  await writeFile(
    join(folder, "hello.ts"),
    'import { agent, workflow } from "heddle";\nconst a = agent({ name: "a", model: "m" });\nexport default workflow("hello").then("ask", a).build();\n',
  );
});

test("the installed command runs a file that imports the installed package", async () => {
  const { code, stdout, stderr } = await heddle(["run", "hello.ts", "What is an agent?"], {
    cwd: folder,
    main: join(installed, "dist/cli/main.js"),
    env: {},
  });
  expect(stderr).toMatch(/✓ hello {2}.* · 1 step · 1 model call · [\d,]+ tokens\n$/);
  expect([code, stdout.length > 10]).toEqual([0, true]);
});

test("it runs plans of another copy of the package", async () => {
  const { code, stdout } = await heddle(["run", "hello.ts", "What is an agent?", "-q"], { cwd: folder, env: {} });
  expect([code, stdout.length > 10]).toEqual([0, true]);
});

test("the package lists the command, and packs its files", () => {
  const packed = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: installed,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const [pack] = JSON.parse(packed.stdout) as readonly { readonly files: readonly { readonly path: string }[] }[];
  expect(pack?.files.map(({ path }) => path)).toContain("dist/cli/main.js");
});

/** The maps of what was built, and the sources that each names, as paths. */
async function sourcesOf(ending: ".js.map" | ".d.ts.map"): Promise<ReadonlyMap<string, readonly string[]>> {
  const dist = join(await realpath(installed), "dist");
  const maps = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith(ending));
  const read = async (name: string) => {
    const { sources } = JSON.parse(await readFile(join(dist, name), "utf8")) as { readonly sources: readonly string[] };
    return [name, sources.map((source) => resolve(dist, dirname(name), source))] as const;
  };
  return new Map(await Promise.all(maps.map(read)));
}

test("no source is built twice: all entry points share one instance of each class", async () => {
  const sources = [...(await sourcesOf(".js.map")).values()].flat();
  expect(sources).toContain(join(root, "src/plan/build-error.ts"));
  expect(sources.filter((source, index) => sources.indexOf(source) !== index)).toEqual([]);
});

test("editors and stack traces are led to sources that are there", async () => {
  const [built, declared] = [await sourcesOf(".js.map"), await sourcesOf(".d.ts.map")];
  expect([...built.values(), ...declared.values()].flat().filter((source) => !existsSync(source))).toEqual([]);
  // One file of declarations for each source, so that "go to definition" has a place of its own for each.
  expect([...declared.values()].every(({ length }) => length === 1)).toBe(true);
  expect(declared.get(join("builder", "workflow.d.ts.map"))).toEqual([join(root, "src/builder/workflow.ts")]);
});

test("the stack of a user's mistake can be read, and leads to the sources where Node is asked to", async () => {
  await writeFile(
    join(folder, "mistake.mjs"),
    'import { workflow } from "heddle";\nworkflow("hello").then("a", () => 1).then("a", () => 2);\n',
  );
  const stack = (...flags: readonly string[]) =>
    spawnSync(process.execPath, [...flags, "mistake.mjs"], { cwd: folder, encoding: "utf8" }).stderr;
  expect(stack()).toMatch(/BuildError: Expected [\s\S]* at Chain\.then .*dist.core\.js:\d+/);
  expect(stack("--enable-source-maps")).toMatch(/ at Chain\.then .*src.builder.chain\.ts:\d+/);
});

test("an older Node is told", () => {
  expect(["22.18.0", "23.0.0", "24.1.0"].map(nodeProblem)).toEqual([undefined, undefined, undefined]);
  expect(nodeProblem("22.17.9")).toBe(
    "Expected Node 22.18 or later, which runs TypeScript files itself, got 22.17.9: install a newer one from https://nodejs.org",
  );
  expect(nodeProblem("20.20.2")).toMatch(/got 20\.20\.2/);
});

test("the package has no script that npm would run or ask about where it is installed", async () => {
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
  for (const script of ["preinstall", "install", "postinstall", "prepublish", "prepare"]) expect(scripts).not.toHaveProperty(script);
  // A clone's `npm ci` builds all the same, and so does `npm pack`.
  for (const script of ["postprepare", "prepack"]) expect(scripts[script]).toBe("npm run --silent build");
});

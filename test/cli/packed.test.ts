import { spawnSync } from "node:child_process";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
  const compiler = join(root, "node_modules/typescript-7/bin/tsc");
  const built = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--outDir", join(installed, "dist")], {
    cwd: root,
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(built.stdout);
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

test("an older Node is told", () => {
  expect(["22.18.0", "23.0.0", "24.1.0"].map(nodeProblem)).toEqual([undefined, undefined, undefined]);
  expect(nodeProblem("22.17.9")).toBe(
    "Expected Node 22.18 or later, which runs TypeScript files itself, got 22.17.9: install a newer one from https://nodejs.org",
  );
  expect(nodeProblem("20.20.2")).toMatch(/got 20\.20\.2/);
});

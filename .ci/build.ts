// node .ci/build.ts [folder]: what is published, into the dist of the project unless told.
//
// JavaScript in few files: what `import "heddle"` costs is mostly the number of files, 0.4 ms each. Not minified, so that
// a stack trace can be read as it is; with --enable-source-maps it leads to src. The declarations stay one a file.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { build } from "rolldown";

const root = dirname(import.meta.dirname);
const folder = resolve(process.argv[2] ?? root, "dist");

/** What package.json offers, without folder and ending: `testing/index` is made of src/testing/index.ts. */
function entries(): readonly string[] {
  const { exports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
    readonly bin: Readonly<Record<string, string>>;
  };
  const files = [...Object.values(exports).map((entry) => (typeof entry === "string" ? entry : entry.default)), ...Object.values(bin)];
  return files.flatMap((file) => /^\.\/dist\/(.+)\.js$/.exec(file)?.[1] ?? []);
}

/** Where a source is, from src on. */
const place = (source: string): readonly string[] => relative(join(root, "src"), source).split(sep);

const within =
  (...folders: readonly string[]) =>
  (source: string): boolean =>
    folders.includes(place(source)[0] ?? "");

async function javascript(): Promise<void> {
  await build({
    cwd: root,
    input: Object.fromEntries(entries().map((entry) => [entry, `./src/${entry}.ts`])),
    platform: "node",
    tsconfig: join(root, "tsconfig.build.json"),
    // Packages and what belongs to Node are loaded by name.
    external: (id, _importer, isResolved) => !isResolved && !id.startsWith("."),
    output: {
      dir: folder,
      format: "esm",
      sourcemap: true,
      minifyInternalExports: false,
      comments: { jsdoc: false },
      codeSplitting: {
        groups: [
          // All entries have to see the same classes, and a chunk for each set of entries that share something would be many files.
          { name: "core", test: within("agent", "builder", "execute", "model", "plan", "team") },
          // What the journals share, so that none of them brings another, or a server for tests.
          { name: "journal/common", test: (source) => within("journal")(source) && !/^(memory|sqlite)\b/.test(place(source)[1] ?? "") },
          { name: "durable/common", test: within("durable") },
          { name: "testing/common", test: within("testing") },
        ],
      },
      // What is loaded on demand keeps its place: the command knows its own files by their folder.
      chunkFileNames: ({ facadeModuleId, name }) =>
        `${facadeModuleId == null ? name : place(facadeModuleId).join("/").replace(/\.ts$/, "")}.js`,
    },
  });
}

async function declarations(): Promise<void> {
  const compiler = join(root, "node_modules/typescript-7/bin/tsc");
  const args = [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", folder];
  const [code] = await once(spawn(process.execPath, args, { stdio: "inherit" }), "exit");
  if (code !== 0) process.exitCode = 1;
}

// Files of sources that are no more would be published too.
await rm(folder, { recursive: true, force: true });
await Promise.all([javascript(), declarations()]);

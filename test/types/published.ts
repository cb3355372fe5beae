import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const compilers = { 6: join(root, "node_modules/typescript/bin/tsc"), 7: join(root, "node_modules/typescript-7/bin/tsc") } as const;
export type Compiler = keyof typeof compilers;

/**
 * A user's project, in which `heddle` is installed as published: declarations only, behind the package's own `exports`.
 * What is measured there is what users pay, and what cannot be named from there cannot be named by users.
 */
export interface Project extends AsyncDisposable {
  readonly directory: string;
  /** Compiles one file, after writing it; hands back all that the compiler said. */
  compile(compiler: Compiler, file: string, source: string, flags?: readonly string[]): Promise<string>;
}

export async function installed(): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), "heddle-types-"));
  const home = join(directory, "node_modules/heddle");
  await mkdir(home, { recursive: true });
  for (const dependency of ["neverthrow", "@standard-schema", "@types", "openai", "zod"]) {
    await symlink(join(root, "node_modules", dependency), join(directory, "node_modules", dependency));
  }
  await tsc(7, root, ["-p", "tsconfig.build.json", "--emitDeclarationOnly", "--outDir", join(home, "dist")]);
  await cp(join(root, "package.json"), join(home, "package.json"));
  await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [] }));
  return {
    directory,
    async compile(compiler, file, source, flags = []) {
      await writeFile(join(directory, file), source);
      // A project of its own for each file, so that several can be compiled at once.
      await writeFile(join(directory, `${file}.json`), JSON.stringify({ extends: "./tsconfig.json", files: [file] }));
      return tsc(compiler, directory, ["-p", `${file}.json`, ...flags]);
    },
    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export const compilerOptions = {
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
};

/** The program's own words, whether it found mistakes or not. */
function tsc(compiler: Compiler, cwd: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [compilers[compiler], ...args], { cwd, maxBuffer: 1 << 26 }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

export async function versionOf(compiler: Compiler): Promise<string> {
  const home = join(root, "node_modules", compiler === 6 ? "typescript" : "typescript-7", "package.json");
  return (JSON.parse(await readFile(home, "utf8")) as { version: string }).version;
}

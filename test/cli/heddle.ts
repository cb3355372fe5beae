import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const mainFile = join(root, "src/cli/main.ts");
const library = new URL("../../src/index.ts", import.meta.url).href;
const own = new URL("../../src/cli/", import.meta.url).href;
/** Kept from one process to the next, and from one run of the tests to the next: half of each start is compiling. */
const cache = join(tmpdir(), "heddle-cli-test-cache");
const folders: string[] = [];

afterAll(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly cwd?: string;
  /** Written to standard input; nothing is piped in without it. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly main?: string;
  /** Called with what has arrived on standard error so far. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

/** Runs the command as a process of its own, as a user would, with a key that no server asks for. */
export function heddle(args: readonly string[], options: Options = {}): Promise<Ended> {
  const { cwd = tmpdir(), stdin, env = { OPENAI_API_KEY: "test-key" } } = options;
  const { PATH = "", SystemRoot = "", NODE_OPTIONS = "" } = process.env;
  const child = spawn(process.execPath, [options.main ?? mainFile, ...args], {
    cwd,
    env: { PATH, SystemRoot, NODE_OPTIONS, NODE_COMPILE_CACHE: cache, ...env },
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    options.onStderr?.(stderr, child);
  });
  child.stdin?.end(stdin);
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

export interface Told {
  readonly message: string;
  readonly exitCode: number;
}

/** What the command says of each of these files, loaded by Node itself as the command does. */
export async function loadAll(folder: string, files: readonly string[]): Promise<Readonly<Record<string, Told>>> {
  const script = `
    import { writeFileSync } from "node:fs";
    import { choose } from "${own}project/choose.ts";
    import { load } from "${own}project/load.ts";
    import { locate } from "${own}project/locate.ts";
    const told = {};
    for (const file of ${JSON.stringify(files)}) {
      try {
        const path = await locate(file);
        choose(await load(path), path, undefined);
      } catch ({ message, exitCode }) {
        told[file] = { message, exitCode };
      }
    }
    process.stdout.write(JSON.stringify(told));`;
  const loader = join(await folderWith({ "loader.mjs": script }), "loader.mjs");
  const { stdout, stderr } = await heddle([], { cwd: folder, main: loader });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, Told>;
}

/** A temporary folder with these files, whose `heddle` imports are those of the sources. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "heddle cli "));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text.replaceAll('"heddle"', JSON.stringify(library)));
  }
  return folder;
}

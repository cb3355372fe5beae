import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { nearest } from "../../plan/names.ts";
import { usageError } from "../process/command-error.ts";
import { describe } from "../text/thrown.ts";

/** What Node runs as a module by itself; `.tsx` and `.jsx` it does not. */
const runnable: ReadonlySet<string> = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);

/** The full path of the file that was named, once it is known to be one that can be run. */
export async function locate(file: string): Promise<string> {
  const path = resolve(file);
  const shown = JSON.stringify(file);
  if (file.trim() === "") throw usageError(`Expected the name of a file that exports a plan, got ${shown}`);
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT")
      throw usageError(`Expected ${shown} to be a file that can be read, got ${describe(thrown)}`);
    const near = await neighbour(path);
    throw usageError(
      `Expected a file ${shown}, got none at ${path}: ${near === undefined ? "check the path" : `did you mean ${JSON.stringify(join(dirname(file), near))}?`}`,
    );
  }
  if (isDirectory) throw usageError(`Expected ${shown} to be a file, got a directory: name the file in it that exports a plan`);
  if (!runnable.has(extname(path))) {
    throw usageError(
      `Expected ${shown} to be a TypeScript or JavaScript file (${[...runnable].join(", ")}), got ${extname(path) === "" ? "a name without an extension" : extname(path)}`,
    );
  }
  return path;
}

/** A file beside the missing one whose name is nearly the same, or the same with another extension. */
async function neighbour(path: string): Promise<string | undefined> {
  try {
    const names = (await readdir(dirname(path))).filter((name) => runnable.has(extname(name)));
    const wanted = basename(path);
    const near = nearest(stem(wanted), names.map(stem));
    return names.find((name) => stem(name) === wanted) ?? names.find((name) => stem(name) === near);
  } catch {
    return undefined;
  }
}

function stem(name: string): string {
  return basename(name, extname(name));
}

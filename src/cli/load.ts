import { pathToFileURL } from "node:url";
import { CommandError } from "./command-error.ts";
import { loadProblem } from "./load-problem.ts";

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/** Imports the user's file into this process. */
export async function load(path: string): Promise<Exports> {
  try {
    // A URL, since a path may be a Windows one or hold `#`, `%` and `?`.
    return (await import(pathToFileURL(path).href)) as Exports;
  } catch (thrown) {
    throw new CommandError(loadProblem(thrown, path), { cause: thrown });
  }
}

import { pathToFileURL } from "node:url";
import { CommandError } from "../process/command-error.ts";
import { unlessStalled } from "../process/stalled.ts";
import { loadProblem } from "./load-problem.ts";

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/** The same, but for a file that awaits what never comes. */
export function loadInTime(path: string): Promise<Exports> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stalled = () =>
    reject(new CommandError(`Expected ${path} to load, but it awaits something that never comes: check its top-level await`));
  return unlessStalled(Promise.race([load(path), promise]), 0, stalled);
}

/** Imports the user's file into this process. */
export async function load(path: string): Promise<Exports> {
  try {
    // A URL, since a path may be a Windows one or hold `#`, `%` and `?`.
    return (await import(pathToFileURL(path).href)) as Exports;
  } catch (thrown) {
    throw new CommandError(loadProblem(thrown, path), { cause: thrown });
  }
}

import { readFile, rename, writeFile } from "node:fs/promises";
import { list } from "../../model/read.ts";
import { BuildError, Shown } from "../../plan/build-error.ts";
import { messageOf } from "../../plan/show.ts";
import type { Entry } from "./entry.ts";

const format = "heddle.cassette/1";

/** The entries of a cassette's file; undefined where there is no file. */
export async function readEntries(file: string): Promise<readonly Entry[] | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (thrown) {
    if ((thrown as { readonly code?: unknown }).code === "ENOENT") return undefined;
    throw thrown;
  }
  const expected = `cassette ${JSON.stringify(file)} to hold what a run recorded`;
  const advice = 'record it anew with mode: "record"';
  let found: { readonly format?: unknown; readonly entries?: unknown };
  try {
    found = JSON.parse(text);
  } catch (thrown) {
    throw new BuildError(expected, new Shown(`text that is no JSON (${messageOf(thrown)})`), { advice });
  }
  if (found?.format !== format) throw new BuildError(expected, new Shown(`a file without "format": ${JSON.stringify(format)}`), { advice });
  return list(found.entries) as readonly Entry[];
}

/** Written beside the old file and then put in its place, so that nobody ever reads half of it. */
export async function writeEntries(file: string, entries: readonly Entry[]): Promise<void> {
  const beside = `${file}.${process.pid}.tmp`;
  await writeFile(beside, `${JSON.stringify({ format, entries }, null, 2)}\n`);
  await rename(beside, file);
}

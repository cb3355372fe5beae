import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Journal } from "../journal/journal.ts";
import { CommandError, usageError } from "./command-error.ts";
import { describe } from "./failure-lines.ts";

/** Opens a journal; loaded only where one is asked for, since the command mostly does without. */
export async function openJournal(file: string): Promise<Journal> {
  if (file.trim() === "") throw usageError(`Expected --journal to be the name of a file, got ${JSON.stringify(file)}`);
  const { sqliteJournal } = await import("../journal/sqlite.ts");
  const journal = sqliteJournal(resolve(file));
  const opened = await journal.runs({ limit: 1 });
  if (opened.isOk()) return journal;
  await journal.close();
  throw new CommandError(opened.error.message, { cause: opened.error.cause });
}

/** The same for a journal that has to be there: a mistyped name would be an empty one, with nothing to do for ever. */
export async function openExistingJournal(file: string): Promise<Journal> {
  const path = resolve(file);
  const found = await stat(path).catch((thrown: NodeJS.ErrnoException) => thrown);
  if (found instanceof Error) {
    const shown = JSON.stringify(file);
    if (found.code !== "ENOENT") throw usageError(`Expected ${shown} to be a file that can be read, got ${describe(found)}`);
    throw usageError(
      `Expected a journal ${shown}, got no file at ${path}: check the path, or begin a run with heddle run <file> --journal ${file}`,
    );
  }
  if (!found.isFile()) throw usageError(`Expected ${JSON.stringify(file)} to be the file of a journal, got a directory`);
  return openJournal(file);
}

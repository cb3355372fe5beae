import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Journal } from "../../journal/journal.ts";
import { CommandError, usageError } from "../process/command-error.ts";
import { describe } from "../text/thrown.ts";

/** Opens a journal; loaded only where one is asked for, since the command mostly does without. */
export async function openJournal(file: string): Promise<Journal> {
  if (file.trim() === "") throw usageError(`Expected --journal to be the name of a file, got ${JSON.stringify(file)}`);
  const { sqliteJournal } = await import("../../journal/sqlite.ts");
  const journal = sqliteJournal(resolve(file));
  const opened = await journal.runs({ limit: 1 });
  if (opened.isOk()) return journal;
  await journal.close();
  throw new CommandError(opened.error.message, { cause: opened.error.cause });
}

/** The same for a journal that has to be there: a mistyped name would be an empty one. */
export async function openExistingJournal(file: string): Promise<Journal> {
  if (await isThere(file)) return openJournal(file);
  throw usageError(
    `Expected a journal ${JSON.stringify(file)}, got no file at ${resolve(file)}: check the path, or begin a run with heddle run <file> --journal ${file}`,
  );
}

/** The same for who may be there before the first run is begun. That it is made is said, since its name may be mistyped. */
export async function openOrMakeJournal(file: string, say: (text: string) => void): Promise<Journal> {
  const there = await isThere(file);
  const folder = dirname(resolve(file));
  if (!there && !(await stat(folder).catch(() => undefined))?.isDirectory())
    throw usageError(`Expected a folder for the journal ${JSON.stringify(file)}, got none at ${folder}: make it, or check the path`);
  const journal = await openJournal(file);
  if (!there) say(`Made the journal ${JSON.stringify(file)}, which was not there.`);
  return journal;
}

/** The file of `--journal`. Not required by the parser, which would complain of it before it complains of `--jornal`. */
export function requireJournal({ journal }: { readonly journal?: string }, command: string): string {
  if (journal !== undefined) return journal;
  throw usageError(`required option '--journal <path>' not specified\nsee heddle ${command} --help`);
}

async function isThere(file: string): Promise<boolean> {
  if (file.trim() === "") throw usageError(`Expected --journal to be the name of a file, got ${JSON.stringify(file)}`);
  const found = await stat(resolve(file)).catch((thrown: NodeJS.ErrnoException) => thrown);
  if (found instanceof Error) {
    if (found.code === "ENOENT" || found.code === "ENOTDIR") return false;
    throw usageError(`Expected ${JSON.stringify(file)} to be a file that can be read, got ${describe(found)}`);
  }
  if (!found.isFile()) throw usageError(`Expected ${JSON.stringify(file)} to be the file of a journal, got a directory`);
  return true;
}

import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { emptyFolders } from "./folders.ts";

/** Both kinds of journals, for `describe.each`. Each test of the file opens one of its own, and closes it. */
export function bothJournals(): readonly (readonly [kind: string, open: () => Journal])[] {
  const inFolder = emptyFolders();
  return [
    ["in memory", () => memoryJournal()],
    ["in SQLite", () => sqliteJournal(inFolder("runs.db"))],
  ];
}

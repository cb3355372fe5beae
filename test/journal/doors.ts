import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteJournal } from "heddle/sqlite";
import { memoryJournal } from "heddle/testing";
import type { Journal, NewRun, OwnedRun } from "../../src/journal/journal.ts";

/** One store, and as many doors to it as a test opens; all of them are closed with it. */
export interface Store extends AsyncDisposable {
  open(): Journal;
}

export async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "heddle-journal-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export const stores: Readonly<Record<"memory" | "sqlite", () => Promise<Store>>> = {
  memory: async () => {
    const first = memoryJournal();
    return { open: () => memoryJournal(first), [Symbol.asyncDispose]: () => first.close() };
  },
  sqlite: async () => {
    const { path, [Symbol.asyncDispose]: remove } = await folder();
    const opened: Journal[] = [];
    return {
      open: () => {
        const journal = sqliteJournal(join(path, "runs.db"));
        opened.push(journal);
        return journal;
      },
      [Symbol.asyncDispose]: async () => {
        for (const journal of opened) await journal.close();
        await remove();
      },
    };
  },
};

export function newRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return { id, plan: "article", fingerprint: "f1", input: '[1,"topic"]', ...more };
}

export async function claimed(journal: Journal, run: NewRun | string): Promise<OwnedRun> {
  const owned = await journal.claim(run);
  if (owned.isErr()) throw new Error(owned.error.message);
  return owned.value;
}

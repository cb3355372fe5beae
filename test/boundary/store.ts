import { copyFileSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";

/** What keeps one run. */
interface Store {
  /** Opens it anew. */
  open(): Journal;
  remove(): void;
}

/** Where the runs of a test file are kept; each has a store of its own, since tests share names of runs. */
export interface Stores {
  make(): Store;
  remove(): void;
}

const memory: Stores = {
  make() {
    const first = memoryJournal();
    return { open: () => memoryJournal(first), remove: () => {} };
  },
  remove: () => {},
};

/** Files in a folder of this process, each a copy of an empty journal: to make one takes several writes to the disk. */
async function files(): Promise<Stores> {
  const folder = mkdtempSync(join(fastest(), "heddle-boundary-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const empty = join(folder, "empty.db");
  const journal = sqliteJournal(empty);
  await journal.runs();
  await journal.close();
  let made = 0;
  return {
    make() {
      const file = join(folder, `${++made}.db`);
      copyFileSync(empty, file);
      return {
        open: () => sqliteJournal(file),
        remove: () => {
          for (const part of ["", "-wal", "-shm"]) rmSync(`${file}${part}`, { force: true });
        },
      };
    },
    remove,
  };
}

/** Memory in place of the disk, where there is a gigabyte of it: tens of thousands of boundaries take ten syncs each. */
function fastest(): string {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 2 ** 30 ? "/dev/shm" : tmpdir();
  } catch {
    return tmpdir();
  }
}

export const stores = (): Stores | Promise<Stores> => (process.env["HEDDLE_BOUNDARY_JOURNAL"] === "sqlite" ? files() : memory);

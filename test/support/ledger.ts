import { appendFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { beforeEach } from "vitest";
import { emptyFolders } from "./folders.ts";

/** Where the runs of a test are kept, and what its steps have done, told outside of the library. */
export interface Kept {
  /** The journal's file. It is not there yet. */
  readonly file: string;
  readonly ledger: string;
}

/** A folder of its own for each test of a file: gives the places in it, and reads and writes the ledger. */
export function keptRuns(begins: (kept: Kept) => void) {
  const within = emptyFolders();
  beforeEach(() => begins({ file: within("runs.db"), ledger: within("ledger") }));
  return {
    note: (what: string) => appendFileSync(within("ledger"), `${what}\n`),
    /** None where nothing was done yet. */
    lines: async (): Promise<readonly string[]> => {
      const text = (await readFile(within("ledger"), "utf8").catch(() => "")).trim();
      return text === "" ? [] : text.split("\n");
    },
  };
}

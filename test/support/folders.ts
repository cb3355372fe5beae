import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

/** An empty folder for every test of a file, gone when the test has ended: gives where something in it is. */
export function emptyFolders(): (name: string) => string {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "heddle-test-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  return (name) => join(folder, name);
}

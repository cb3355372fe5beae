import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const child = fileURLToPath(new URL("map-child.ts", import.meta.url));

const life = (...args: string[]): Promise<{ readonly signal: string | undefined; readonly output: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [child, ...args], { maxBuffer: 1 << 24 }, (error, output) =>
      resolve({ signal: (error as { readonly signal?: string } | null)?.signal ?? undefined, output }),
    );
  });

test("MP10 a durable map of 1,000, killed after 400: only what is not recorded runs again, in order, each under its own key", async () => {
  const folder = await mkdtemp(join(tmpdir(), "heddle-map-"));
  const [file, ledger] = [join(folder, "runs.db"), join(folder, "ledger")];
  expect(await life(file, ledger, "400")).toEqual({ signal: "SIGKILL", output: "" });
  const before = (await readFile(ledger, "utf8")).trim().split("\n");
  expect(before).toHaveLength(400);
  const { output } = await life(file, ledger);
  expect(JSON.parse(output)).toEqual(Array.from({ length: 1_000 }, (_, index) => (index % 500) * 2));
  const all = (await readFile(ledger, "utf8")).trim().split("\n");
  expect(new Set(all).size).toBe(1_000);
  // At most the sixteen that were under way had done their work without being recorded.
  expect(all.length - 1_000).toBeLessThanOrEqual(16);
  await rm(folder, { recursive: true });
}, 60_000);

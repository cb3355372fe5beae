import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const folder = mkdtempSync(join(tmpdir(), "heddle-bundled-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const made = new Map<string, Promise<string>>();

/** A program of this folder in one file without types: a process starts with it in a tenth of a second, and not in half of one. */
export function bundled(name: string): Promise<string> {
  let file = made.get(name);
  if (file === undefined) {
    file = bundle(name);
    made.set(name, file);
  }
  return file;
}

async function bundle(name: string): Promise<string> {
  const input = fileURLToPath(new URL(name, import.meta.url));
  const target = join(folder, basename(name, ".ts"));
  await build({
    input,
    platform: "node",
    logLevel: "silent",
    output: { dir: target, format: "esm", entryFileNames: "program.mjs", chunkFileNames: "[name].mjs" },
  });
  return join(target, "program.mjs");
}

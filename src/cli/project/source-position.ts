import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { commandFolder, libraryFolders } from "../places.ts";
import { printable } from "../text/printable.ts";

/** Where in the user's files an error was thrown, as `file:line:column`. */
export function thrownAt(stack: unknown): string | undefined {
  const frames = framesOf(stack);
  return frames
    .find((frame) => !libraryFolders.some((part) => frame.startsWith(part)) && !frame.includes("/node_modules/"))
    ?.replace(/^file:.*(?=:\d+:\d+$)/, asPath);
}

/** Whether nobody's code threw an error: it is about a text that could not be parsed. */
export function isUnthrown(stack: unknown): boolean {
  return framesOf(stack).length === 0;
}

/** Where a text could not be parsed, as `file:line`, which Node writes in front of the stack. */
export function parsedAt(stack: unknown): string | undefined {
  const [first = ""] = typeof stack === "string" ? stack.split("\n", 1) : [];
  return /^(?:file:\/\/|\/|[A-Za-z]:\\).*:\d+$/.test(first) ? printable(first.replace(/^file:.*(?=:\d+$)/, asPath)) : undefined;
}

/** The same for JavaScript, of which Node tells it only to a process of its own. */
export function checkedAt(path: string): string | undefined {
  return parsedAt(spawnSync(process.execPath, ["--check", path], { encoding: "utf8", timeout: 5_000 }).stderr);
}

/** The frames of files, from the inside out, up to where this command called for the file. */
function framesOf(stack: unknown): readonly string[] {
  if (typeof stack !== "string") return [];
  const frames = stack.split("\n").flatMap((line) => {
    const frame = /^\s+at (?:.* \()?(?:async )?((?:file:\/\/|\/|[A-Za-z]:\\).*:\d+:\d+)\)?$/.exec(line);
    return frame?.[1] === undefined ? [] : [frame[1]];
  });
  const called = frames.findIndex((frame) => frame.startsWith(commandFolder));
  return called === -1 ? frames : frames.slice(0, called);
}

function asPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

import type { CommanderError } from "commander";
import { type CommandError, usageError } from "../process/command-error.ts";

const commands: ReadonlySet<string> = new Set(["work", "runs", "answer", "cancel", "prune"]);

/** What commander says of a mistyped command, and what to do about it. */
export function misuse({ code, message }: CommanderError, [first = ""]: readonly string[]): CommandError {
  return usageError(`${message.replace(/^error: /, "")}\n${adviceFor(code, first)}`);
}

function adviceFor(code: string, first: string): string {
  if (code === "commander.excessArguments" && first === "run") return "put an input of several words in quotes";
  const isFile = code === "commander.unknownCommand" && /\.[cm]?[jt]sx?$/.test(first);
  return isFile ? `to run a file: heddle run ${first}` : `see heddle ${commands.has(first) ? first : "run"} --help`;
}

import { readFile } from "node:fs/promises";
import process from "node:process";
import { CommanderError } from "commander";
import { misuse } from "./arguments/misuse.ts";
import { program } from "./arguments/program.ts";
import { answerRun } from "./commands/answer.ts";
import { cancelRun } from "./commands/cancel.ts";
import { pruneRuns } from "./commands/prune.ts";
import { runFile } from "./commands/run.ts";
import { listRuns } from "./commands/runs.ts";
import { work } from "./commands/work.ts";
import { packageFile } from "./places.ts";
import { CommandError } from "./process/command-error.ts";
import { exitCodes } from "./process/exit-codes.ts";
import { keepQuiet, write } from "./process/write.ts";
import { type Line, lineText, painter, piece } from "./text/line.ts";
import { printableLines } from "./text/printable.ts";
import { describe, stackLines } from "./text/thrown.ts";

/** How long what the user's file has left open may keep the process after all is said, in ms. */
const linger = 100;

/** The whole command: reads the arguments, does what they say, and leaves the exit code. */
export async function main(given: readonly string[]): Promise<void> {
  keepQuiet(process.stdout);
  keepQuiet(process.stderr);
  const verbose = given.includes("--verbose") || given.includes("-v");
  process.on("uncaughtException", (thrown) => {
    complain(
      `Expected every error to be thrown inside a step, got one that no step awaits: ${describe(thrown)}`,
      verbose ? thrown : undefined,
    );
    // Nobody knows what state the process is in.
    process.exit(exitCodes.failure);
  });
  try {
    process.exitCode = await obey(given);
  } catch (thrown) {
    process.exitCode = thrown instanceof CommandError ? thrown.exitCode : exitCodes.failure;
    const told = thrown instanceof CommandError ? thrown.message : `Expected the run to start, got ${describe(thrown)}`;
    complain(told, verbose ? (thrown instanceof CommandError ? thrown.cause : thrown) : undefined);
  }
  await Promise.allSettled([write(process.stdout, ""), write(process.stderr, "")]);
  // Everything is written: an interval or a connection left open must not keep the user waiting.
  setTimeout(() => process.exit(), linger).unref();
}

async function obey(given: readonly string[]): Promise<number> {
  let code: number = exitCodes.success;
  let help = "";
  const commands = program(await version(), {
    run: async (file, input, flags) => {
      code = await runFile(file, input, flags);
    },
    work: async (files, flags) => {
      code = await work(files, flags);
    },
    runs: async (flags) => {
      code = await listRuns(flags);
    },
    answer: async (file, runId, step, answer, flags) => {
      code = await answerRun(file, runId, step, answer, flags);
    },
    cancel: async (runId, flags) => {
      code = await cancelRun(runId, flags);
    },
    prune: async (flags) => {
      code = await pruneRuns(flags);
    },
    writeOut: (text) => {
      help += text;
    },
  });
  try {
    // A bare `heddle` is a question.
    await commands.parseAsync(given.length === 0 ? ["--help"] : given, { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    // Printing help and version also ends in an error, with code 0.
    if (thrown.exitCode !== 0) throw misuse(thrown, given);
  }
  await write(process.stdout, help);
  return code;
}

async function version(): Promise<string> {
  const text = await readFile(packageFile, "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

function complain(message: string, withStack: unknown): void {
  const paint = painter(process.stderr);
  const [first = "", ...rest] = printableLines(message);
  const lines: Line[] = [
    [piece("bad", "heddle: "), piece("plain", first)],
    ...rest.map((line) => [piece("plain", line)]),
    ...stackLines(withStack),
  ];
  process.stderr.write(lines.map((line) => `${lineText(line, paint)}\n`).join(""));
}

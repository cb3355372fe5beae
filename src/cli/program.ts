import { Command } from "commander";
import { milliseconds, wholeNumber } from "./number-option.ts";
import type { RunFlags } from "./run-file.ts";
import type { WorkFlags } from "./work.ts";

/** What the program does, and where its help goes. */
export interface Actions {
  run(file: string, input: string | undefined, flags: RunFlags): Promise<void>;
  work(files: readonly string[], flags: WorkFlags): Promise<void>;
  writeOut(text: string): void;
}

/** The command line: its commands, arguments, options and help. It throws a `CommanderError` where it is misused. */
export function program(version: string, { run, work, writeOut }: Actions): Command {
  const heddle = new Command("heddle")
    .description("Runs typed agent workflows.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", examples("heddle run --help"))
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => {} });
  heddle
    .command("run")
    .summary("run a plan that a file exports")
    .description(
      "Runs the plan, agent or team that a TypeScript or JavaScript file exports.\nProgress goes to standard error, the output alone to standard output.",
    )
    .argument("<file>", "the file: its default export is run, or the only plan that it exports")
    .argument("[input]", "the input, as text or JSON; - or nothing reads standard input")
    .helpOption("-h, --help", "print this help")
    .option("-e, --export <name>", "run this export of the file")
    .option("-j, --json", "read the input as JSON, as is done anyway where the plan declares an input schema")
    .option("-t, --timeout <ms>", "ms that the whole run may take", milliseconds("--timeout"))
    .option("-c, --concurrency <n>", "calls that may be under way at once (default: 16)", wholeNumber("--concurrency"))
    .option("--journal <path>", "keep the run in this file, so that it survives its process")
    .option("--run-id <id>", "with --journal: the run to begin, or to go on with, with the same input")
    .option("--offline", "ask the built-in offline engine instead of a model, whatever key is set")
    .option("-q, --quiet", "print no progress")
    .option("--events", "print one JSON line for each event, instead of the progress")
    .option("-v, --verbose", "print the stacks of errors too")
    .addHelpText("after", details)
    .action(run);
  heddle
    .command("work")
    .summary("take up the runs that a journal has ready")
    .description(
      "Takes up the runs that a journal has ready, for the plans that these files export: those that lost their process, were enqueued, answered or cancelled, or whose wait has timed out. One line for each run that is taken up or left goes to standard output.",
    )
    .argument("<files...>", "the files: all plans that they export, or their agents and teams where there is no plan")
    .option("--journal <path>", "the file that keeps the runs; made where it is not there")
    .helpOption("-h, --help", "print this help")
    .option("--offline", "ask the built-in offline engine instead of a model, whatever key is set")
    .option("--once", "work off what is ready, and end")
    .option("-c, --concurrency <n>", "runs that may be under way at once (default: 8)", wholeNumber("--concurrency"))
    .option("--events", "print JSON lines, for a program to read")
    .option("-v, --verbose", "print the stacks of errors too")
    .addHelpText("after", workDetails)
    .action(work);
  return heddle;
}

function examples(more: string): string {
  return `
Examples:
  heddle run article.ts "The state of AI agents in 2026"
  heddle run article.ts "The state of AI agents in 2026" > article.md
  cat notes.txt | heddle run summary.ts

More: ${more}`;
}

const workDetails = `
Examples:
  heddle work plans.ts --journal runs.db
  heddle work article.ts review.ts --journal runs.db --concurrency 4 >> work.log
  heddle work plans.ts --journal runs.db --once

Any number of these may share a journal on one machine: a run has one owner at
a time, and one whose process dies is taken up by another within a second.

On SIGINT or SIGTERM it takes up nothing more, runs under way are told to stop
and get up to their grace, nothing is undone, and whoever works next goes on
with them. A second signal ends at once.

Answers of models are kept for ever, so none is made up: with agents and without
OPENAI_API_KEY or OPENAI_BASE_URL it does not begin, unless --offline is given.
A step that asks a model without them stops it, and its run is left as it was.

Exit codes:
  0  it was stopped, or with --once all went well
  1  with --once: a run failed, or could not go on; or a file did not load;
     or there is no key
  2  the command was misused
  130, 143  a second SIGINT or SIGTERM ended it at once`;

const details = `
Examples:
  heddle run article.ts "The state of AI agents in 2026" > article.md
  heddle run triage.ts '{"subject": "Refund", "urgent": true}'
  heddle run plans.ts --export nightly --timeout 60000 --concurrency 4 < input.txt
  heddle run article.ts "Agents" --journal runs.db --run-id agents-1
  heddle run article.ts -- "-- a text that begins with a dash"

A run with --journal survives its process: the same command goes on with it, and
gives its output again once it is over. On SIGINT or SIGTERM it stops, to go on
later; without a journal it is cancelled.

Exit codes:
  0  the run succeeded        2    the command was misused
  1  it failed                130  it was interrupted (143: terminated)
  3  it waits for an answer, and nobody is there to ask

On a terminal the command asks for what a plan waits for: an answer is JSON,
text, or yes or no (with a reason, as in "no, too expensive"). Ctrl-D says that
nobody will answer: the run ends with code 3 once nothing else can go on. With
--journal it can be answered later: heddle answer --help.

Without OPENAI_API_KEY and OPENAI_BASE_URL a built-in offline engine answers,
which is extractive and not a language model; with --journal, which keeps what
is answered, only if --offline asks for it. What steps write with console.log
goes to standard error. NO_COLOR and FORCE_COLOR are honoured.`;

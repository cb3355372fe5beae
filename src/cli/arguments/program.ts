import { Command } from "commander";
import type { RunFlags } from "../commands/run.ts";
import { addDurableCommands, type DurableActions } from "./durable-commands.ts";
import { milliseconds, wholeNumber } from "./number-option.ts";

/** What the program does, and where its help goes. */
export interface Actions extends DurableActions {
  run(file: string, input: string | undefined, flags: RunFlags): Promise<void>;
  writeOut(text: string): void;
}

/** The command line: its commands, arguments, options and help. It throws a `CommanderError` where it is misused. */
export function program(version: string, actions: Actions): Command {
  const { run, writeOut } = actions;
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
  addDurableCommands(heddle, actions);
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

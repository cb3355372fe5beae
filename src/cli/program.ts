import { Command } from "commander";
import { milliseconds, wholeNumber } from "./number-option.ts";
import type { RunFlags } from "./run-file.ts";

/** What the program does, and where its help goes. */
export interface Actions {
  run(file: string, input: string | undefined, flags: RunFlags): Promise<void>;
  writeOut(text: string): void;
}

/** The command line: its commands, arguments, options and help. It throws a `CommanderError` where it is misused. */
export function program(version: string, { run, writeOut }: Actions): Command {
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
    .option("-q, --quiet", "print no progress")
    .option("--events", "print one JSON line for each event, instead of the progress")
    .option("-v, --verbose", "print the stacks of errors too")
    .addHelpText("after", details)
    .action(run);
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
  heddle run article.ts -- "-- a text that begins with a dash"

Exit codes:
  0  the run succeeded        2    the command was misused
  1  it failed                130  it was interrupted (143: terminated)
  3  it waits for an answer, and there is no terminal to ask on

On a terminal the command asks for what a plan waits for: an answer is JSON,
text, or yes or no (with a reason, as in "no, too expensive").

Without OPENAI_API_KEY and OPENAI_BASE_URL a built-in offline engine answers,
which is extractive and not a language model. What steps write with console.log
goes to standard error. NO_COLOR and FORCE_COLOR are honoured.`;

import type { Command } from "commander";
import type { AnswerFlags } from "../commands/answer.ts";
import type { CancelFlags } from "../commands/cancel.ts";
import { type PruneFlags, readAge } from "../commands/prune.ts";
import { type RunsFlags, statusOf } from "../commands/runs.ts";
import type { WorkFlags } from "../commands/work.ts";
import { wholeNumber } from "./number-option.ts";

/** What can be done with runs that a journal keeps. */
export interface DurableActions {
  work(files: readonly string[], flags: WorkFlags): Promise<void>;
  runs(flags: RunsFlags): Promise<void>;
  answer(file: string, runId: string, step: string, answer: string | undefined, flags: AnswerFlags): Promise<void>;
  cancel(runId: string, flags: CancelFlags): Promise<void>;
  prune(flags: PruneFlags): Promise<void>;
}

/** The commands that need a journal. It is no required option of theirs: then a mistyped one would be told as missing. */
export function addDurableCommands(heddle: Command, { work, runs, answer, cancel, prune }: DurableActions): void {
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
    .option("--takeovers <n>", "how often in a row a run whose process died is taken up again (default: 5)", wholeNumber("--takeovers"))
    .option("--events", "print JSON lines, for a program to read")
    .option("-v, --verbose", "print the stacks of errors too")
    .addHelpText("after", workDetails)
    .action(work);
  heddle
    .command("runs")
    .summary("list the runs of a journal")
    .description(
      "Lists the runs of a journal, the oldest first: id, plan, status, since when, and what it waits for: the steps that wait for an answer, what they show and until when, or who goes on with it.",
    )
    .option("--journal <path>", "the file that keeps the runs")
    .helpOption("-h, --help", "print this help")
    .option("-s, --status <status>", "only those that are running, suspended, completed, failed or cancelled", statusOf)
    .option("-p, --plan <name>", "only those of this plan")
    .option("-n, --limit <n>", "at most so many (default: 1000)", wholeNumber("--limit"))
    .option("--json", "print one JSON line for each run")
    .addHelpText("after", runsDetails)
    .action(runs);
  heddle
    .command("answer")
    .summary("answer a run that waits")
    .description(
      "Answers a step that a run of a journal waits at, or a tool that waits for approval. The answer is checked by the plan, and recorded; heddle work or the same heddle run then goes on with the run.",
    )
    .argument("<file>", "the file that exports the run's plan")
    .argument("<run-id>", "the run, as heddle runs lists it")
    .argument("<step>", "the step that waits, or the tool")
    .argument("[answer]", "the answer, as JSON or text; - or nothing reads standard input")
    .option("--journal <path>", "the file that keeps the run")
    .helpOption("-h, --help", "print this help")
    .option("--path <path>", "which wait, where the step waits more than once; else the one that began first")
    .addHelpText("after", answerDetails)
    .action(answer);
  heddle
    .command("cancel")
    .summary("cancel a run")
    .description(
      "Cancels a run of a journal, whoever works at it: it ends as cancelled, and what has an undo is undone. One that nobody works at ends so when heddle work or heddle run takes it up.",
    )
    .argument("<run-id>", "the run, as heddle runs lists it")
    .option("--journal <path>", "the file that keeps the run")
    .helpOption("-h, --help", "print this help")
    .option("--reason <text>", "why, for whoever looks at the run later")
    .addHelpText("after", cancelDetails)
    .action(cancel);
  heddle
    .command("prune")
    .summary("delete runs that are over")
    .description(
      "Deletes the runs of a journal that have been over for some time, with all that is kept of them, and prints their ids. What waits or goes on is never deleted.",
    )
    .option("--journal <path>", "the file that keeps the runs")
    .option("--older-than <time>", "how long they have been over: minutes, hours or days, such as 90m, 12h or 30d", readAge)
    .helpOption("-h, --help", "print this help")
    .option("-s, --status <status>", "only those that are completed, failed or cancelled", statusOf)
    .option("-p, --plan <name>", "only those of this plan")
    .option("--dry-run", "print the ids, and delete nothing")
    .addHelpText("after", pruneDetails)
    .action(prune);
}

const workDetails = `
Examples:
  heddle work plans.ts --journal runs.db
  heddle work article.ts review.ts --journal runs.db --concurrency 4 >> work.log
  heddle work plans.ts --journal runs.db --once

Any number of these may share a journal on one machine: a run has one owner at
a time, and one whose process dies is taken up by another within a second. One
that kills process after process is left alone: heddle runs tells which.

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

const runsDetails = `
Examples:
  heddle runs --journal runs.db
  heddle runs --journal runs.db --status suspended --plan review
  heddle runs --journal runs.db --json | jq -r 'select(.ready).id'

Exit codes:
  0  they are listed, also where there are none
  1  the journal could not be read
  2  the command was misused, or there is no such file`;

const answerDetails = `
Examples:
  heddle answer review.ts post-1 approval '{"approved": true}' --journal runs.db
  heddle answer review.ts post-1 approval "no, too long" --journal runs.db
  heddle answer review.ts post-2 approval --journal runs.db < answer.json

Text is fine where the plan takes text, and yes or no where it takes true or
false, or an approval.

Exit codes:
  0  the answer is recorded
  1  it was not taken: it does not fit, another one came first, nobody waits for
     it, or there is no such run
  2  the command was misused`;

const pruneDetails = `
Examples:
  heddle prune --journal runs.db --older-than 30d
  heddle prune --journal runs.db --older-than 12h --status completed --dry-run

The file keeps its size, and what is new takes up the room; to shrink it, have
sqlite3 do a VACUUM while nobody works.

Exit codes:
  0  they are deleted, also where there were none
  1  the journal could not be read or written
  2  the command was misused, or there is no such file`;

const cancelDetails = `
Examples:
  heddle cancel post-1 --journal runs.db --reason "not needed any more"

Exit codes:
  0  the cancel is recorded, now or before
  1  it was not taken: the run is over, or there is no such run
  2  the command was misused`;

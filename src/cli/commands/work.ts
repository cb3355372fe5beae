import process from "node:process";
import type { Journal } from "../../journal/journal.ts";
import { definitionOf } from "../../server/plans.ts";
import type { WorkerEvent, WorkerOptions, WorkerProblem } from "../../server/worker.ts";
import { Models } from "../models/models.ts";
import { CommandError } from "../process/command-error.ts";
import { consoleToStderr } from "../process/console-to-stderr.ts";
import { exitCodes } from "../process/exit-codes.ts";
import { onSignals } from "../process/signals.ts";
import { quietWarnings } from "../process/warnings.ts";
import { openOrMakeJournal, requireJournal } from "../project/journal-file.ts";
import { workPlans } from "../project/work-plans.ts";
import { workJson, workLine } from "../screen/work-lines.ts";
import { piece, writeLine } from "../text/line.ts";

export interface WorkFlags {
  readonly journal?: string;
  readonly offline?: true;
  readonly once?: true;
  readonly concurrency?: number;
  readonly takeovers?: number;
  readonly events?: true;
  readonly verbose?: true;
}

/** `heddle work`: takes up what a journal has ready for the plans of some files, and gives the exit code. */
export async function work(files: readonly string[], flags: WorkFlags): Promise<number> {
  const file = requireJournal(flags, "work");
  if (flags.verbose !== true) quietWarnings();
  consoleToStderr();
  const models = await Models.provide({ offline: flags.offline === true, kept: true });
  try {
    const plans = await workPlans(files);
    const drain = new AbortController();
    models.check([...plans.values()].map(definitionOf), say, (why) => drain.abort(why));
    if (flags.offline === true) say("Using the built-in offline engine (extractive, not a language model), as --offline asks.");
    const journal = await openOrMakeJournal(file, say);
    return await workFor(plans, journal, flags, drain).finally(() => journal.close());
  } finally {
    await models.close();
  }
}

async function workFor(plans: ReadonlyMap<string, unknown>, journal: Journal, flags: WorkFlags, drain: AbortController): Promise<number> {
  const { worker } = await import("../../server/worker.ts");
  let failed = false;
  const told = teller(flags);
  const signals = onSignals((signal) => {
    if (process.stderr.isTTY) process.stderr.write("\n");
    notice(flags, `Got ${signal}: what is under way may clean up and is left to go on later; once more ends at once.`);
    drain.abort();
  });
  const options: WorkerOptions = {
    journal,
    drain: drain.signal,
    once: flags.once === true,
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
    ...(flags.takeovers === undefined ? {} : { takeovers: flags.takeovers }),
    onRun: (event) => {
      failed ||= event.type === "run.left" && event.status === "failed";
      told.event(event);
    },
    onProblem: (problem) => {
      failed ||= problem.type !== "unknown_plan";
      told.problem(problem);
    },
  };
  try {
    await greet([...plans.keys()], journal, flags);
    await worker([...plans.values()] as Parameters<typeof worker>[0], options).closed;
  } finally {
    signals.stop();
  }
  if (drain.signal.reason instanceof CommandError) throw drain.signal.reason;
  return flags.once === true && failed ? exitCodes.failure : exitCodes.success;
}

/** What it works for, and whether there is anything to do: an empty screen would leave that open. */
async function greet(names: readonly string[], journal: Journal, flags: WorkFlags): Promise<void> {
  const listed = names.map((name) => JSON.stringify(name)).join(", ");
  const ready = await Promise.all(names.map((plan) => journal.runs({ ready: true, plan, limit: 1 })));
  const idle = ready.every((runs) => runs.isOk() && runs.value.length === 0);
  if (flags.once === true) return idle ? notice(flags, `No run of ${listed} is ready.`) : undefined;
  notice(flags, `Working for ${listed}${idle ? "; no run is ready yet" : ""}. Ctrl-C stops.`);
}

/** A remark for people; a program reads none. */
function notice(flags: WorkFlags, text: string): void {
  if (flags.events !== true) say(text);
}

/** What everybody has to know who looks at a log. */
function say(text: string): void {
  writeLine(process.stderr, [piece("quiet", text)]);
}

function teller({ events }: WorkFlags): { event(event: WorkerEvent): void; problem(problem: WorkerProblem): void } {
  if (events === true) {
    const say = (event: WorkerEvent | WorkerProblem) => void process.stdout.write(`${workJson(event)}\n`);
    return { event: say, problem: say };
  }
  return {
    event: (event) => writeLine(process.stdout, workLine(event, new Date())),
    problem: ({ message }) => writeLine(process.stderr, [piece("bad", "heddle: "), piece("plain", message)]),
  };
}

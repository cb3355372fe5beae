import process from "node:process";
import { RecordedWaits } from "../../durable/messages/recorded-waits.ts";
import type { Journal, ListedRun, RunStatus } from "../../journal/journal.ts";
import { CommandError, usageError } from "../process/command-error.ts";
import { exitCodes } from "../process/exit-codes.ts";
import { quietWarnings } from "../process/warnings.ts";
import { write } from "../process/write.ts";
import { openExistingJournal, requireJournal } from "../project/journal-file.ts";
import { type RunRow, runJson, runLines } from "../screen/run-lines.ts";
import { lineText, painter, piece, writeLine } from "../text/line.ts";

const most = 1_000;
const statuses: readonly string[] = ["running", "suspended", "completed", "failed", "cancelled"] satisfies readonly RunStatus[];

export interface RunsFlags {
  readonly journal?: string;
  readonly status?: RunStatus;
  readonly plan?: string;
  readonly limit?: number;
  readonly json?: true;
}

/** `heddle runs`: what a journal holds, and what it waits for. */
export async function listRuns(flags: RunsFlags): Promise<number> {
  quietWarnings();
  const file = requireJournal(flags, "runs");
  const journal = await openExistingJournal(file);
  try {
    const { status, plan, limit = most } = flags;
    const filter = { ...(status !== undefined && { status }), ...(plan !== undefined && { plan }) };
    // One more than wanted, to know whether there are more.
    const found = taken(await journal.runs({ ...filter, limit: limit + 1 }));
    const ready = new Set(taken(await journal.runs({ ...filter, ready: true, limit: limit + 1 })).map(({ id }) => id));
    const rows = await Promise.all(found.slice(0, limit).map((run) => rowOf(journal, run, ready.has(run.id))));
    const { stdout, stderr } = process;
    const lines = flags.json === true ? rows.map(runJson) : runLines(rows).map((line) => lineText(line, painter(stdout)));
    await write(stdout, lines.map((line) => `${line}\n`).join(""));
    if (rows.length === 0) writeLine(stderr, [piece("quiet", `No ${of(flags)} in ${JSON.stringify(file)}.`)]);
    if (found.length > limit)
      writeLine(stderr, [piece("quiet", `There are more than these ${limit}: --limit lists more, --status and --plan fewer.`)]);
    return exitCodes.success;
  } finally {
    await journal.close();
  }
}

/** Reads the value of `--status`. */
export function statusOf(text: string): RunStatus {
  if (statuses.includes(text)) return text as RunStatus;
  throw usageError(`Expected --status to be one of ${statuses.join(", ")}, got ${JSON.stringify(text)}`);
}

/** What an earlier version left waiting did not say for what: that is in its records. */
async function rowOf(journal: Journal, run: ListedRun, ready: boolean): Promise<RunRow> {
  if (run.status !== "suspended" || run.waits !== undefined) return { run, ready, waits: run.waits ?? [] };
  const stored = await journal.find(run.id);
  const messages = await journal.messages(run.id);
  if (stored.isErr() || messages.isErr()) return { run, ready, waits: [] };
  const { open } = taken(await RecordedWaits.of(journal, stored.value, messages.value));
  return { run, ready, waits: open.map(({ step, path }) => ({ step, path, shown: undefined, expiresAt: undefined })) };
}

function of({ status, plan }: RunsFlags): string {
  return `${status === undefined ? "" : `${status} `}run${plan === undefined ? "" : ` of ${JSON.stringify(plan)}`}`;
}

function taken<T>(result: {
  isErr(): boolean;
  readonly value?: T;
  readonly error?: { readonly message: string; readonly cause: unknown };
}): T {
  if (result.error !== undefined) throw new CommandError(result.error.message, { cause: result.error.cause });
  return result.value as T;
}

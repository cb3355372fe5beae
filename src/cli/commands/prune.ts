import process from "node:process";
import type { Journal, ListedRun, RunStatus } from "../../journal/journal.ts";
import { isOver } from "../../journal/status.ts";
import { CommandError, usageError } from "../process/command-error.ts";
import { exitCodes } from "../process/exit-codes.ts";
import { quietWarnings } from "../process/warnings.ts";
import { write } from "../process/write.ts";
import { openExistingJournal, requireJournal } from "../project/journal-file.ts";
import { piece, writeLine } from "../text/line.ts";
import { printable } from "../text/printable.ts";
import { count } from "../text/quantities.ts";

export interface PruneFlags {
  readonly journal?: string;
  /** In ms. */
  readonly olderThan?: number;
  readonly status?: RunStatus;
  readonly plan?: string;
  readonly dryRun?: true;
}

const page = 1_000;
const over = ["completed", "failed", "cancelled"] as const satisfies readonly RunStatus[];
const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `heddle prune`: deletes runs that have been over for some time, and gives the id of each. */
export async function pruneRuns(flags: PruneFlags): Promise<number> {
  quietWarnings();
  const { olderThan, status, plan } = flags;
  const file = requireJournal(flags, "prune");
  if (olderThan === undefined) throw usageError("required option '--older-than <time>' not specified\nsee heddle prune --help");
  if (status !== undefined && !isOver(status))
    throw usageError(`Expected --status to be one of ${over.join(", ")}, got ${JSON.stringify(status)}: only what is over is deleted`);
  const journal = await openExistingJournal(file);
  try {
    const before = Date.now() - olderThan;
    let deleted = 0;
    for (const each of status === undefined ? over : [status])
      for (const { id } of await all(journal, { status: each, before, ...(plan !== undefined && { plan }) })) {
        if (flags.dryRun !== true && !(await isDeleted(journal, id))) continue;
        await write(process.stdout, `${printable(id)}\n`);
        deleted++;
      }
    const said = flags.dryRun === true ? `${count(deleted, "run")} would be deleted.` : `Deleted ${count(deleted, "run")}.`;
    writeLine(process.stderr, [piece("quiet", said)]);
    return exitCodes.success;
  } finally {
    await journal.close();
  }
}

/** Reads the value of `--older-than`. */
export function readAge(text: string): number {
  const [, amount, unit = ""] = /^(\d+)([mhd])$/.exec(text.trim()) ?? [];
  const ms = Number(amount) * (units[unit] ?? Number.NaN);
  if (Number.isSafeInteger(ms)) return ms;
  throw usageError(`Expected --older-than to be minutes, hours or days such as 90m, 12h or 30d, got ${JSON.stringify(text)}`);
}

/** All before any is deleted: a page begins behind a run that is there. */
async function all(journal: Journal, filter: Parameters<Journal["runs"]>[0] & object): Promise<readonly ListedRun[]> {
  const found: ListedRun[] = [];
  for (;;) {
    const last = found.at(-1);
    const runs = await journal.runs({ ...filter, limit: page, ...(last !== undefined && { after: last.id }) });
    if (runs.isErr()) throw new CommandError(runs.error.message, { cause: runs.error.cause });
    if (runs.value.length === 0) return found;
    found.push(...runs.value);
  }
}

/** False where somebody was faster, or has not let go of it yet. */
async function isDeleted(journal: Journal, runId: string): Promise<boolean> {
  const deleted = await journal.delete(runId);
  if (deleted.isOk()) return true;
  if (deleted.error.type === "journal_failed") throw new CommandError(deleted.error.message, { cause: deleted.error.cause });
  return false;
}

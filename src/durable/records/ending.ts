import { ok, type Result } from "neverthrow";
import type { Outcome, Running } from "../../execute/run/run.ts";
import type { Interrupted, JournalFailed } from "../../journal/failure.ts";
import type { OwnedRun, RunChange } from "../../journal/journal.ts";
import type { Definition } from "../../plan/node.ts";
import type { OpenWait } from "../../types/failure.ts";
import { overText } from "./misfit.ts";
import { type Entry, write } from "./record.ts";

/** When a suspended run has to be gone on with. */
export interface Suspension {
  /** Wall time in ms since 1970; undefined where only an answer ends its waits. */
  readonly wakeAt: number | undefined;
  /** The same of single waits that time out, by their paths. */
  readonly expiries: ReadonlyMap<string, number>;
}

const statuses: Readonly<Record<string, "completed" | "cancelled" | "suspended">> = {
  completed: "completed",
  cancelled: "cancelled",
  suspended: "suspended",
};

/** A run that ends so is not over. */
const elsewhereTypes: ReadonlySet<string> = new Set([
  "journal_failed",
  "run_locked",
  "run_exists",
  "run_not_found",
  "plan_changed",
  "interrupted",
]);

/** Writes down how a run has ended here, unless that is written already. */
export async function keepEnding(
  owned: OwnedRun,
  outcome: Outcome,
  suspension: Suspension | undefined,
): Promise<Result<void, Interrupted | JournalFailed>> {
  const type = outcome.isOk() ? "completed" : outcome.error.type;
  const status = statuses[type] ?? (elsewhereTypes.has(type) ? undefined : "failed");
  if (status === undefined) return ok();
  // Whoever owns a run has made it `running`.
  if (status === "suspended") return stored(await owned.append([], suspending(outcome, suspension)));
  if (owned.run.status === status) return ok();
  return stored(await owned.append([write({ type: "ended", how: type })._unsafeUnwrap()], { status }));
}

function suspending(outcome: Outcome, suspension: Suspension | undefined): RunChange {
  const open = outcome.isErr() && "waits" in outcome.error ? (outcome.error.waits as readonly OpenWait[]) : [];
  const waits = open.map(({ step, path, shown }) => ({ step, path, shown, expiresAt: suspension?.expiries.get(path) }));
  const { wakeAt } = suspension ?? {};
  return { status: "suspended", waits, ...(wakeAt !== undefined && { wakeAt }) };
}

function stored(appended: Result<number, Interrupted | JournalFailed>): Result<void, Interrupted | JournalFailed> {
  return appended.map(() => undefined);
}

/** A run that is over stays as it ended, whatever the plan would make of it now: what is wrong with it, if it would end otherwise. */
export async function otherEnd(
  { name }: Definition,
  runId: string,
  { scheduler, outcome }: Running,
  last: Entry | undefined,
): Promise<string | undefined> {
  if (last?.type !== "ended") return undefined;
  const ended = scheduler.over ? await outcome : undefined;
  const how = ended?.isErr() === true ? ended.error.type : "completed";
  return ended !== undefined && how === last.how ? undefined : overText(name, runId, last.how);
}

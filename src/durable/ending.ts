import { err, ok, type Result } from "neverthrow";
import type { Outcome } from "../execute/run.ts";
import type { Interrupted, JournalFailed } from "../journal/failure.ts";
import type { OwnedRun } from "../journal/journal.ts";
import { write } from "./record.ts";

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
export async function keepEnding(owned: OwnedRun, outcome: Outcome): Promise<Result<void, Interrupted | JournalFailed>> {
  const type = outcome.isOk() ? "completed" : outcome.error.type;
  const status = statuses[type] ?? (elsewhereTypes.has(type) ? undefined : "failed");
  if (status === undefined || owned.run.status === status) return ok();
  if (status === "suspended") {
    await owned.append([], { status });
    return ok();
  }
  const stored = await owned.append([write({ type: "ended", how: type })._unsafeUnwrap()], { status });
  return stored.isErr() ? err(stored.error) : ok();
}

import { err, type Result } from "neverthrow";
import type { JournalFailed, RunNotFound } from "../../journal/failure.ts";
import type { Journal, StoredRun } from "../../journal/journal.ts";
import type { Definition } from "../../plan/node.ts";

/** The run of this id, where it is one of this plan: what another plan's run waits for is not for this one to check. */
export async function runOf(
  journal: Journal,
  { name }: Pick<Definition, "name">,
  runId: string,
): Promise<Result<StoredRun, RunNotFound | JournalFailed>> {
  const found = await journal.find(runId);
  if (found.isErr() || found.value.plan === name) return found;
  const message = `Expected a run of plan ${JSON.stringify(name)}, got ${JSON.stringify(runId)}, which is one of plan ${JSON.stringify(found.value.plan)}: turn to that plan`;
  return err({ type: "run_not_found", runId, message });
}

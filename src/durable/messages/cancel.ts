import { err, ok, type Result } from "neverthrow";
import { encodeThrown } from "../../journal/codec.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Definition } from "../../plan/node.ts";
import type { CancelRecorded, CancelRefused } from "../../types/failure.ts";
import { runOf } from "./run-of.ts";

/** Of all messages to a run, one can be of this key. */
export const cancelKey = "cancel";

/** Records a cancel of a run that may be anywhere: its owner hears of it, or whoever takes the run up next. */
export async function cancelElsewhere(
  plan: Pick<Definition, "name">,
  runId: string,
  { journal, reason }: { readonly journal: Journal; readonly reason?: unknown },
): Promise<Result<CancelRecorded, CancelRefused>> {
  const found = await runOf(journal, plan, runId);
  const sent = found.isErr() ? err(found.error) : await journal.send(runId, cancelKey, encodeThrown({ cancel: true, value: reason }));
  if (sent.isErr()) {
    const { type, message } = sent.error;
    return err({ type: "cancel_refused", reason: type, message });
  }
  if (sent.value !== "over") return ok(sent.value === "sent" ? "recorded" : "cancelled_before");
  const message = `Expected run ${JSON.stringify(runId)} to go on, got a cancel when it was over: its outcome stays`;
  return err({ type: "cancel_refused", reason: "over", message });
}

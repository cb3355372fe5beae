import { err, ok, type Result } from "neverthrow";
import { approvalSchema } from "../../agent/tools/approval.ts";
import { checkedAnswer, refused } from "../../answers/answer.ts";
import { encode } from "../../journal/codec.ts";
import type { Journal } from "../../journal/journal.ts";
import { isOver } from "../../journal/status.ts";
import { answerKey } from "../../journal/waits.ts";
import type { Definition } from "../../plan/node.ts";
import type { AnswerRefused } from "../../types/failure.ts";
import { cancelKey } from "./cancel.ts";
import { overKey } from "./inbox.ts";
import { RecordedWaits } from "./recorded-waits.ts";
import { runOf } from "./run-of.ts";

/**
 * Records the answer to a wait of a run that may be anywhere: its owner hears of it, or whoever takes the run up next. Which
 * wait it is for is decided here, from what the journal knows to be open, so that a second click never reaches the next one.
 */
export async function answerElsewhere(
  definition: Definition,
  runId: string,
  step: string,
  given: unknown,
  { journal, path }: { readonly journal: Journal; readonly path?: string },
): Promise<Result<void, AnswerRefused>> {
  const run = await runOf(journal, definition, runId);
  if (run.isErr()) return unkept(run.error.type === "run_not_found" ? "no_such_run" : "journal_failed", run.error.message);
  if (isOver(run.value.status)) return refused(step, path, "over");
  const messages = await journal.messages(runId);
  if (messages.isErr()) return unkept("journal_failed", messages.error.message);
  // A cancel that came first ends the run, which then takes no answer any more.
  if (messages.value.some(({ key }) => key === cancelKey)) return refused(step, path, "over");
  const waits = await RecordedWaits.of(journal, run.value, messages.value);
  if (waits.isErr()) return unkept("journal_failed", waits.error.message);
  const wait = waits.value.find(step, path);
  const value = await checkedAnswer(definition, step, given, path, wait?.tool === true ? approvalSchema : undefined);
  const closed = wait === undefined ? waits.value.closed(step, path) : undefined;
  // A tool whose wait is over has no schema in the plan; whatever else is no answer is told as such.
  if (closed !== undefined && (value.isOk() || value.error.reason === "no_such_wait")) return refused(step, path, closed);
  if (value.isErr()) return err(value.error);
  const at = wait?.path;
  const body = encode({ step, path: at, value: value.value });
  if (body.isErr()) return unkept("invalid", body.error.message);
  const key = answerKey(step, at);
  const sent = await journal.send(runId, key, body.value);
  if (sent.isErr()) return unkept(sent.error.type === "run_not_found" ? "no_such_run" : "journal_failed", sent.error.message);
  if (sent.value !== "sent") return refused(step, at, sent.value === "taken" ? "answered" : "over");
  const since = await journal.messages(runId);
  const isLate = at !== undefined && since.isOk() && since.value.find((one) => one.key === key || one.key === overKey(at))?.key !== key;
  return isLate ? refused(step, at, "over") : ok();
}

export function unkept(reason: AnswerRefused["reason"], message: string): Result<void, AnswerRefused> {
  return err({ type: "answer_refused", reason, message, issues: [] });
}

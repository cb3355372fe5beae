import { err, ok, type Result } from "neverthrow";
import { checkedAnswer, refused } from "../execute/answer.ts";
import { encode } from "../journal/codec.ts";
import type { Journal } from "../journal/journal.ts";
import type { Definition } from "../plan/node.ts";
import type { AnswerRefused } from "../types/failure.ts";
import { cancelKey } from "./cancel.ts";

/** Records the answer to a wait of a run that may be anywhere: its owner hears of it, or whoever takes the run up next. */
export async function answerElsewhere(
  definition: Definition,
  runId: string,
  step: string,
  given: unknown,
  { journal, path }: { readonly journal: Journal; readonly path?: string },
): Promise<Result<void, AnswerRefused>> {
  const value = await checkedAnswer(definition, step, given, path);
  if (value.isErr()) return err(value.error);
  // A cancel that came first ends the run, which then takes no answer any more.
  const before = await journal.messages(runId);
  if (before.isOk() && before.value.some(({ key }) => key === cancelKey)) return refused(step, path, "over");
  const body = encode({ step, path, value: value.value });
  if (body.isErr()) return unkept("invalid", body.error.message);
  const sent = await journal.send(runId, `answer/${path ?? step}`, body.value);
  if (sent.isErr()) return unkept(sent.error.type === "run_not_found" ? "no_such_run" : "journal_failed", sent.error.message);
  return sent.value === "sent" ? ok() : refused(step, path, sent.value === "taken" ? "answered" : "over");
}

function unkept(reason: AnswerRefused["reason"], message: string): Result<void, AnswerRefused> {
  return err({ type: "answer_refused", reason, message, issues: [] });
}

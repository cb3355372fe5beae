import type { Result } from "neverthrow";
import type { AnswerRefused } from "../../types/failure.ts";

const yes = /^(?:y|yes)$/i;
const no = /^(?:n|no)(?:[\s,:]+(.+))?$/is;

/**
 * What a typed answer may mean, the likeliest first: JSON, the text as it is, and for questions that take yes or no these in
 * words, as a boolean or as an approval. The schema of what is asked decides.
 */
function answersIn(typed: string): readonly unknown[] {
  const text = typed.trim();
  const meant: unknown[] = [];
  try {
    meant.push(JSON.parse(text));
  } catch {
    // Then it is text.
  }
  meant.push(text);
  const [denied, reason] = no.exec(text) ?? [];
  if (yes.test(text)) meant.push(true, { approved: true });
  else if (denied !== undefined)
    meant.push(...(reason === undefined ? [false] : []), { approved: false, ...(reason !== undefined && { reason }) });
  return meant;
}

/** Gives the likeliest meaning of what was typed that is taken. Why the likeliest was not, where none is. */
export async function giveAnswer(
  typed: string,
  give: (answer: unknown) => PromiseLike<Result<void, AnswerRefused>>,
): Promise<AnswerRefused | undefined> {
  let complaint: AnswerRefused | undefined;
  for (const answer of answersIn(typed)) {
    const taken = await give(answer);
    if (taken.isOk()) return undefined;
    complaint ??= taken.error;
    if (taken.error.reason !== "invalid") break;
  }
  return complaint;
}

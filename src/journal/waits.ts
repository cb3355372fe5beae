import { ok } from "neverthrow";
import { decode, encode } from "./codec.ts";
import type { ListedWait } from "./journal.ts";

/** The key of the message that answers a wait; of all messages to a run, one can be of this key. */
export const answerKey = (step: string, path: string | undefined) => `answer/${path ?? step}`;

/** Those of a run's waits that none of these messages answers. */
export function unanswered(waits: readonly ListedWait[], messages: ReadonlySet<string>): readonly ListedWait[] {
  return messages.size === 0 ? waits : waits.filter(({ step, path }) => !messages.has(answerKey(step, path)));
}

export function encodeWaits(waits: readonly ListedWait[]): string {
  // What is shown was recorded before, and is data; should it not be, the rest is told all the same.
  return encode(waits)
    .orElse(() => encode(waits.map((wait) => ({ ...wait, shown: undefined }))))
    ._unsafeUnwrap();
}

/** Undefined where the text is none. */
export function decodeWaits(text: string): readonly ListedWait[] | undefined {
  return (
    (decode(text)
      .orElse(() => ok(undefined))
      ._unsafeUnwrap() as readonly ListedWait[] | undefined) ?? undefined
  );
}

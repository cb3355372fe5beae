import { err, ok, type Result } from "neverthrow";
import { runNotFound } from "../../journal/failure.ts";
import type { Journal, StoredRun } from "../../journal/journal.ts";
import type { Elsewhere } from "../../types/failure.ts";
import type { Clock } from "../../types/options.ts";
import { type Entry, read } from "./record.ts";
import { Turns } from "./turns.ts";

/** Why a run cannot go on here, in the journal's words. */
export type Trouble = { readonly type: Elsewhere["type"] | "not_serializable"; readonly message: string; readonly cause?: unknown };

/** How many records are read at a time. */
const page = 10_000;

/** All records of a run, as they are kept. */
export async function textsOf(journal: Journal, run: StoredRun, clock: Clock): Promise<Result<readonly string[], Trouble>> {
  const texts: string[] = [];
  const trouble = await eachText(journal, run, clock, (text) => {
    texts.push(text);
    return undefined;
  });
  return trouble === undefined ? ok(texts) : err(trouble);
}

/** All records of a run. */
export async function entriesOf(journal: Journal, run: StoredRun, clock: Clock): Promise<Result<readonly Entry[], Trouble>> {
  const entries: Entry[] = [];
  const trouble = await eachText(journal, run, clock, (text) => {
    const entry = read(text);
    if (entry.isErr()) return entry.error;
    entries.push(entry.value);
    return undefined;
  });
  return trouble === undefined ? ok(entries) : err(trouble);
}

/** Hands over a run's records one by one, so that of large ones a few are in memory at a time; ends with the first trouble. */
async function eachText(
  journal: Journal,
  { id, records }: StoredRun,
  clock: Clock,
  take: (text: string) => Trouble | undefined,
): Promise<Trouble | undefined> {
  const turns = new Turns(clock);
  for (let from = 1; ; ) {
    const texts = await journal.read(id, { from, limit: page });
    if (texts.isErr()) return texts.error;
    // A run that is over has no owner who would keep it from being deleted in between: half of it is none.
    if (texts.value.length === 0) return from <= records ? runNotFound(id) : undefined;
    for (const text of texts.value) {
      const trouble = take(text);
      if (trouble !== undefined) return trouble;
      if (turns.due) await turns.take();
    }
    from += texts.value.length;
  }
}

import { err, ok, type Result } from "neverthrow";
import type { RunSettings } from "../execute/settings.ts";
import { claimWithin, openRun, unlike } from "../journal/claim.ts";
import { encode } from "../journal/codec.ts";
import { runNotFound } from "../journal/failure.ts";
import type { Journal, OwnedRun, StoredRun } from "../journal/journal.ts";
import { isOver } from "../journal/status.ts";
import { fingerprintOf } from "../plan/fingerprint.ts";
import type { Definition } from "../plan/node.ts";
import type { Elsewhere } from "../types/failure.ts";
import type { Clock } from "../types/options.ts";
import { readOnlyRun } from "./read-only-run.ts";
import { type Entry, read } from "./record.ts";
import { Turns } from "./turns.ts";

/** What a run is begun with. */
export interface Beginning {
  readonly input: unknown;
  readonly state: object | undefined;
}

/** Why a run cannot go on here, in the journal's words. */
export type Trouble = { readonly type: Elsewhere["type"] | "not_serializable"; readonly message: string; readonly cause?: unknown };

/** How many records are read at a time. */
const page = 10_000;

/** Makes a run this process's own, unless it is over. Where `begin` is undefined it has to be there already. */
export async function open(
  journal: Journal,
  definition: Definition,
  id: string,
  begin: Beginning | Again | undefined,
  settings: RunSettings,
): Promise<Result<OwnedRun, Trouble>> {
  const ends = [settings.signal, settings.drain].filter((one) => one !== undefined);
  const wait = ends.length === 0 ? {} : { signal: AbortSignal.any(ends) };
  if (begin !== undefined && "of" in begin) {
    const { openRerun } = await import("./rerun.ts");
    return openRerun(journal, definition, id, begin, settings, wait);
  }
  const { name: plan } = definition;
  const given =
    begin === undefined ? ok(undefined) : encode(begin).map((input) => ({ id, plan, fingerprint: fingerprintOf(definition), input }));
  if (given.isErr()) return err(given.error);
  const run = given.value;
  const found = await journal.find(id);
  if (found.isErr() && found.error.type === "journal_failed") return err(found.error);
  if (found.isErr() || !isOver(found.value.status)) return run === undefined ? claimWithin(journal, id, wait) : openRun(journal, run, wait);
  // What is over is read, and nothing is written: also where nothing can be.
  const other = run && unlike(found.value, run);
  return other === undefined ? ok(readOnlyRun(found.value)) : err(other);
}

/** What a rerun is made of: a run, and the step from which it is done anew. */
export interface Again {
  readonly of: string;
  readonly from: string;
}

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

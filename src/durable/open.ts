import { err, ok, type Result } from "neverthrow";
import { claimWithin, openRun } from "../journal/claim.ts";
import { encode } from "../journal/codec.ts";
import type { Journal, OwnedRun } from "../journal/journal.ts";
import { fingerprintOf } from "../plan/fingerprint.ts";
import type { Definition } from "../plan/node.ts";
import type { Elsewhere } from "../types/failure.ts";
import { type Entry, read } from "./record.ts";

/** What a run is begun with. */
export interface Beginning {
  readonly input: unknown;
  readonly state: object | undefined;
}

/** Why a run cannot go on here, in the journal's words. */
export type Trouble = { readonly type: Elsewhere["type"] | "not_serializable"; readonly message: string; readonly cause?: unknown };

/** How many records are read at a time. */
const page = 10_000;

/** Makes a run this process's own. Where `begin` is undefined it has to be there already. */
export function open(
  journal: Journal,
  definition: Definition,
  id: string,
  begin: Beginning | undefined,
  { signal, drain }: { readonly signal: AbortSignal | undefined; readonly drain: AbortSignal | undefined },
): Promise<Result<OwnedRun, Trouble>> {
  const ends = [signal, drain].filter((one) => one !== undefined);
  const wait = ends.length === 0 ? {} : { signal: AbortSignal.any(ends) };
  if (begin === undefined) return claimWithin(journal, id, wait);
  const input = encode(begin);
  if (input.isErr()) return Promise.resolve(err(input.error));
  return openRun(journal, { id, plan: definition.name, fingerprint: fingerprintOf(definition), input: input.value }, wait);
}

/** All records of a run. */
export async function entriesOf(journal: Journal, runId: string): Promise<Result<readonly Entry[], Trouble>> {
  const entries: Entry[] = [];
  for (;;) {
    const texts = await journal.read(runId, { from: entries.length + 1, limit: page });
    if (texts.isErr()) return err(texts.error);
    for (const text of texts.value) {
      const entry = read(text);
      if (entry.isErr()) return err(entry.error);
      entries.push(entry.value);
    }
    if (texts.value.length < page) return ok(entries);
  }
}

import { err, ok, type Result } from "neverthrow";
import type { RunSettings } from "../execute/run/settings.ts";
import { claimWithin, openRun, unlike } from "../journal/claim.ts";
import { encode } from "../journal/codec.ts";
import type { Journal, OwnedRun } from "../journal/journal.ts";
import { isOver } from "../journal/status.ts";
import { fingerprintOf } from "../plan/fingerprint.ts";
import type { Definition } from "../plan/node.ts";
import type { Again } from "./changes/rerun.ts";
import { readOnlyRun } from "./records/read-only-run.ts";
import type { Trouble } from "./records/reading.ts";
import type { Beginning } from "./records/record.ts";

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
    const { openRerun } = await import("./changes/rerun.ts");
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

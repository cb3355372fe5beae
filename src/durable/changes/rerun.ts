import { err, ok, type Result } from "neverthrow";
import type { RunSettings } from "../../execute/run/settings.ts";
import { claimWithin } from "../../journal/claim.ts";
import { runExists } from "../../journal/failure.ts";
import type { Journal, OwnedRun } from "../../journal/journal.ts";
import { fingerprintOf } from "../../plan/fingerprint.ts";
import type { Definition } from "../../plan/node.ts";
import { type Trouble, textsOf } from "../records/reading.ts";
import { begunWith, read, write } from "../records/record.ts";
import { copied } from "./copied.ts";

/** What a rerun is made of: a run, and the step from which it is done anew. */
export interface Again {
  readonly of: string;
  readonly from: string;
}

/** Makes the rerun where it is new, and claims it; one that is there already has to be of the same run and step. */
export async function openRerun(
  journal: Journal,
  definition: Definition,
  id: string,
  again: Again,
  settings: RunSettings,
  wait: { readonly signal?: AbortSignal },
): Promise<Result<OwnedRun, Trouble>> {
  const there = await journal.find(id);
  if (there.isErr() && there.error.type !== "run_not_found") return err(there.error);
  const made = there.isErr() ? await make(journal, definition, id, again, settings) : ok(id);
  if (made.isErr()) return err(made.error);
  const claimed = await claimWithin(journal, made.value, wait);
  if (claimed.isErr() || claimed.value.created) return claimed;
  const owned = claimed.value;
  const first = await journal.read(id, { limit: 1 });
  const begun = first.andThen(([text]) => (text === undefined ? ok(undefined) : read(text)));
  const rerun = begun.isOk() && begun.value?.type === "begun" ? begun.value.rerun : undefined;
  if (rerun?.of === again.of && rerun.from === again.from) return ok(owned);
  await owned.release();
  return err(begun.isErr() ? begun.error : runExists(id, "beginning"));
}

async function make(journal: Journal, definition: Definition, id: string, { of, from }: Again, settings: RunSettings) {
  const old = await journal.find(of);
  if (old.isErr()) return err<never, Trouble>(old.error);
  const texts = await textsOf(journal, old.value, settings.clock);
  if (texts.isErr()) return err<never, Trouble>(texts.error);
  return copied(definition, old.value, texts.value, from, settings).map(({ records, now, seed }) => {
    // Its clock goes on from where the copied part ended, which the time that it is given does not count.
    const { concurrency, grace, timeout } = settings;
    const options = { concurrency, grace, timeout: timeout === undefined ? undefined : timeout + now };
    const rerun = { of, from, since: settings.clock.date() - now, seed };
    const begun = write({ ...begunWith(definition, options), later: true, rerun })._unsafeUnwrap();
    const { name } = definition;
    return { id, plan: name, fingerprint: fingerprintOf(definition), input: old.value.input, records: [begun, ...records] };
  });
}

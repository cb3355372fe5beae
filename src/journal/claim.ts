import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { err, type Result } from "neverthrow";
import { decode } from "./codec.ts";
import { type JournalFailed, type RunExists, type RunLocked, type RunNotFound, runExists } from "./failure.ts";
import type { Journal, NewRun, OwnedRun, StoredRun } from "./journal.ts";

/** How long a living owner is waited for. */
const patience = 10_000;
const pause = 100;

/** Claims a run, and waits up to `wait` ms (default 10,000) for a living owner to let it go or to die. */
export async function claimWithin(
  journal: Journal,
  run: NewRun | string,
  { wait = patience, signal }: { readonly wait?: number; readonly signal?: AbortSignal } = {},
): Promise<Result<OwnedRun, RunLocked | RunNotFound | JournalFailed>> {
  const end = performance.now() + wait;
  for (;;) {
    const claimed = await journal.claim(run);
    if (claimed.isOk() || claimed.error.type !== "run_locked") return claimed;
    const left = end - performance.now();
    if (left <= 0 || signal?.aborted === true) return claimed;
    // An abort ends the pause, and the answer is the one that came last.
    await sleep(Math.min(pause, left), undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}

/** `claimWithin` for one who brings an input: a run that is there already has to be of the same plan and an equal input. */
export async function openRun(
  journal: Journal,
  run: NewRun,
  options?: { readonly wait?: number; readonly signal?: AbortSignal },
): Promise<Result<OwnedRun, RunExists | RunLocked | RunNotFound | JournalFailed>> {
  // Asked before, too: nobody waits ten seconds to hear that it is another run.
  const found = await journal.find(run.id);
  if (found.isErr() && found.error.type !== "run_not_found") return err(found.error);
  const stranger = found.isOk() ? unlike(found.value, run) : undefined;
  if (stranger !== undefined) return err(stranger);
  const claimed = await claimWithin(journal, run, options);
  if (claimed.isErr() || claimed.value.created) return claimed;
  const other = unlike(claimed.value.run, run);
  if (other === undefined) return claimed;
  await claimed.value.release();
  return err(other);
}

/** What tells a run that is there from one that somebody wants to begin under its id. */
export function unlike(stored: StoredRun, given: NewRun): RunExists | undefined {
  if (stored.plan !== given.plan) return runExists(given.id, "plan");
  return sameValue(stored.input, given.input) ? undefined : runExists(given.id, "input");
}

/** Whether two encoded values are equal; the order of keys, and whether equal parts are shared, do not count. */
function sameValue(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [decode(one), decode(other)];
  return a.isOk() && b.isOk() && isDeepStrictEqual(a.value, b.value);
}

import { err, ok } from "neverthrow";
import { interrupted } from "../../journal/failure.ts";
import type { OwnedRun, StoredRun } from "../../journal/journal.ts";

/** A run that is only read, and so needs no owner. */
export function readOnlyRun(run: StoredRun): OwnedRun {
  return {
    run,
    created: false,
    abandoned: false,
    lost: new AbortController().signal,
    append: async () => err(interrupted(run.id)),
    listen: () => () => {},
    release: async () => ok(),
  };
}

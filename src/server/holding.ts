import { ok } from "neverthrow";
import type { Journal, OwnedRun } from "../journal/journal.ts";

/** A journal in which one run has been claimed already: whoever asks for it next is handed it, and does not wait for a lease. */
export function holding(journal: Journal, owned: OwnedRun): Journal {
  return {
    claim: async () => ok(owned),
    find: (runId) => journal.find(runId),
    runs: (filter) => journal.runs(filter),
    read: (runId, page) => journal.read(runId, page),
    messages: (runId, after) => journal.messages(runId, after),
    send: (runId, key, body) => journal.send(runId, key, body),
    delete: (runId) => journal.delete(runId),
    close: () => journal.close(),
    [Symbol.asyncDispose]: () => journal.close(),
  };
}

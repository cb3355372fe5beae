import { read } from "../../src/durable/records/record.ts";
import type { Journal, OwnedRun } from "../../src/journal/journal.ts";
import { counted } from "./counted.ts";

/** A journal that tells what it has stored, and counts what it is at. */
export class Watch {
  readonly journal: Journal;
  holding = false;
  /** How many writes are on their way: what comes of them is this life's. */
  writing = 0;
  readonly #createdAt: number;
  readonly #stored: (type: string) => void;

  /** `createdAt`: by the run's own clock, which a journal in memory does not know. */
  constructor(journal: Journal, createdAt: number, stored: (type: string) => void) {
    this.#createdAt = createdAt;
    this.#stored = stored;
    this.journal = {
      claim: async (run) => (await busily(journal.claim(run))).map((owned) => this.#watched(owned)),
      find: async (runId) => (await busily(journal.find(runId))).map((run) => ({ ...run, createdAt: this.#createdAt })),
      runs: (filter) => journal.runs(filter),
      read: (runId, page) => busily(journal.read(runId, page)),
      messages: (runId, after) => busily(journal.messages(runId, after)),
      send: (runId, key, body) => busily(journal.send(runId, key, body)),
      delete: (runId) => journal.delete(runId),
      close: () => journal.close(),
      [Symbol.asyncDispose]: () => journal.close(),
    };
  }

  #watched(owned: OwnedRun): OwnedRun {
    return {
      run: { ...owned.run, createdAt: this.#createdAt },
      created: owned.created,
      abandoned: owned.abandoned,
      lost: owned.lost,
      append: async (records, change) => {
        this.writing++;
        const stored = await busily(owned.append(records, change)).finally(() => this.writing--);
        if (stored.isOk())
          for (const { type } of records.map((text) => read(text)._unsafeUnwrap()))
            if (type !== "begun" && type !== "started" && type !== "ended") this.#stored(type);
        return stored;
      },
      listen: (heard) => owned.listen(heard),
      release: () => busily(owned.release()),
    };
  }
}

/** Virtual time waits for it. */
export async function busily<T>(doing: Promise<T>): Promise<T> {
  counted.busy++;
  try {
    return await doing;
  } finally {
    counted.busy--;
  }
}

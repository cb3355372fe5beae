import { decode } from "../journal/codec.ts";
import type { Journal } from "../journal/journal.ts";

/** What somebody says to a run through its journal: that it is to end, or the answer to a wait. */
export type Said =
  | { readonly cancel: true; readonly value: unknown }
  | { readonly cancel?: undefined; readonly step: string; readonly path: string | undefined; readonly value: unknown };

/** The same, with its number in the journal. */
export interface Heard {
  readonly number: number;
  readonly said: Said;
}

/** The messages to a run that goes on: each is heeded once, in order. */
export class Inbox {
  readonly #journal: Journal;
  readonly #runId: string;
  readonly #heed: (heard: Heard) => Promise<void>;
  /** The last message that the run has heard. */
  #heard = 0;

  constructor(journal: Journal, runId: string, heed: (heard: Heard) => Promise<void>) {
    this.#journal = journal;
    this.#runId = runId;
    this.#heed = heed;
  }

  /** A record says that this message was heard before. */
  skip(number: number): void {
    this.#heard = Math.max(this.#heard, number);
  }

  /** What others have said since it was last asked. */
  async read(): Promise<void> {
    const messages = await this.#journal.messages(this.#runId, this.#heard);
    if (messages.isErr()) return;
    for (const { number, body } of messages.value) {
      if (number <= this.#heard) continue;
      this.#heard = number;
      const said = decode(body);
      if (said.isOk()) await this.#heed({ number, said: said.value as Said });
    }
  }
}

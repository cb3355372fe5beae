import { decode } from "../../journal/codec.ts";
import type { Journal, Message } from "../../journal/journal.ts";

/** What somebody says to a run through its journal: that it is to end, the answer to a wait, or that a wait's time has run out. */
export type Said = Cancelled | Answered | Over;

interface Cancelled {
  readonly cancel: true;
  readonly value: unknown;
}

interface Answered {
  readonly cancel?: undefined;
  readonly step: string;
  readonly path: string | undefined;
  readonly value: unknown;
}

/** Says the run's owner, so that answers and the ends of waits have one order that all see: what comes behind it is too late. */
interface Over {
  readonly over: string;
}

/** A cancel or an answer, with its number in the journal. */
export interface Heard {
  readonly number: number;
  readonly key: string;
  readonly said: Cancelled | Answered;
}

/** Of all messages to a run, one can be of this key. */
export const overKey = (path: string) => `over/${path}`;

/** The messages to a run that goes on: each is heeded once, in order. */
export class Inbox {
  readonly #journal: Journal;
  readonly #runId: string;
  readonly #heed: (heard: Heard) => Promise<void>;
  readonly #unheeded: (number: number) => void;
  /** The last message that the run has heard. */
  #heard = 0;
  /** Waits whose time has run out, by their paths; undefined before the first look, which is at all messages. */
  #closed: Set<string> | undefined;
  #reading: Promise<void> = Promise.resolve();

  /** `unheeded` is told of those that the run need not hear of. */
  constructor(journal: Journal, runId: string, heed: (heard: Heard) => Promise<void>, unheeded: (number: number) => void) {
    this.#journal = journal;
    this.#runId = runId;
    this.#heed = heed;
    this.#unheeded = unheeded;
  }

  /** A record says that this message was heard before. */
  skip(number: number): void {
    this.#heard = Math.max(this.#heard, number);
  }

  /** Resolves when all that was said by now is heeded. */
  read(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  async #read(): Promise<void> {
    const messages = await this.#journal.messages(this.#runId, this.#closed === undefined ? 0 : this.#heard);
    if (messages.isErr()) return;
    this.#closed ??= new Set();
    for (const message of messages.value) await this.#take(message, this.#closed);
  }

  async #take({ number, key, body }: Message, closed: Set<string>): Promise<void> {
    const isNew = number > this.#heard;
    if (isNew) this.#heard = number;
    const said = decode(body).unwrapOr(undefined) as Said | undefined;
    if (said === undefined) return;
    if ("over" in said) closed.add(said.over);
    else if (isNew && (said.cancel === true || said.path === undefined || !closed.has(said.path))) return this.#heed({ number, key, said });
    if (isNew) this.#unheeded(number);
  }
}

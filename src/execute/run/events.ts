import type { Listener, RunEvent } from "../../types/event.ts";
import { Queue } from "../schedule/queue.ts";

/**
 * A run's events for `for await`: every reader has a queue of its own. A slow reader misses nothing that matters: pieces
 * of one answer that pile up are joined, everything else is kept. Leaving the loop early ends its queue.
 */
export class EventStream implements AsyncIterable<RunEvent> {
  readonly #readers = new Set<Reader>();
  #last: RunEvent | undefined;

  readonly listener: Listener = (event) => {
    const terminal = event.type === "run.completed" || event.type === "run.failed" || event.type === "run.suspended";
    for (const reader of this.#readers) reader.push(event, terminal);
    if (terminal) this.#last = event;
  };

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    const reader = new Reader((done) => this.#readers.delete(done));
    // Who comes late learns at least how it ended.
    if (this.#last === undefined) this.#readers.add(reader);
    else reader.push(this.#last, true);
    return reader;
  }
}

class Reader implements AsyncIterator<RunEvent> {
  readonly #leave: (reader: Reader) => void;
  #queue = new Queue<RunEvent>();
  #waiting: ((result: IteratorResult<RunEvent>) => void)[] = [];
  #over = false;

  constructor(leave: (reader: Reader) => void) {
    this.#leave = leave;
  }

  push(event: RunEvent, terminal: boolean): void {
    if (this.#over) return;
    if (terminal) {
      this.#over = true;
      this.#leave(this);
    }
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting({ done: false, value: event });
    else if (!this.#joined(event)) this.#queue.push(event);
    if (terminal) for (const other of this.#waiting.splice(0)) other({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<RunEvent>> {
    const event = this.#queue.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<RunEvent>> {
    this.#over = true;
    this.#queue = new Queue();
    this.#leave(this);
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }

  #joined(event: RunEvent): boolean {
    const { last } = this.#queue;
    if (event.type !== "agent.delta" || last?.type !== "agent.delta") return false;
    if (last.path !== event.path || last.call !== event.call || last.attempt !== event.attempt) return false;
    this.#queue.amend(Object.freeze({ ...event, delta: last.delta + event.delta }));
    return true;
  }
}

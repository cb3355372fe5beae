import { type Answer, give } from "../../answers/answer.ts";
import { Running } from "../../execute/run/run.ts";
import type { RunSettings } from "../../execute/run/settings.ts";
import { decode } from "../../journal/codec.ts";
import type { StoredRun } from "../../journal/journal.ts";
import type { Definition } from "../../plan/node.ts";
import type { Listener } from "../../types/event.ts";
import { JournalPort } from "../engine/port.ts";
import { readOnlyRun } from "../records/read-only-run.ts";
import type { Beginning, Begun, Entry } from "../records/record.ts";

/** A replay of a run's records in which nothing is ever called or written: it only shows where they lead. */
export class Rehearsal {
  readonly #definition: Definition;
  readonly #port: JournalPort;
  readonly running: Running;

  constructor(definition: Definition, run: StoredRun, entries: readonly Entry[], settings: RunSettings, listener: Listener) {
    const { input, state } = decode(run.input).unwrapOr({ input: undefined, state: undefined }) as Beginning;
    const begun = entries[0] as Begun;
    this.#definition = definition;
    this.#port = new JournalPort(readOnlyRun(run), settings.clock, true, { failed: () => {} }, begun);
    const given = { ...settings, ...begun.options, state, runId: run.id, signal: undefined, listeners: [listener] };
    this.running = new Running(definition, input, given, this.#port);
    this.#port.decisions.know(entries);
    this.running.start();
  }

  /** False where the plan does not come to what the entry says. */
  hear(entry: Entry): boolean {
    return this.#port.replay(entry, () => {
      const { scheduler } = this.running;
      if (entry.type === "cancelled") scheduler.cancel(entry.value);
      else if (entry.type === "answered") give(scheduler, this.#definition, entry as Answer);
    });
  }

  /** Ms since the run began, as of the last entry. */
  get now(): number {
    return this.#port.now();
  }

  /** The recorded decisions that it has come to. */
  get decided(): ReadonlySet<Entry> {
    return this.#port.decisions.met;
  }

  close(): void {
    this.#port.close();
  }
}

import type { Result } from "neverthrow";
import { type Answer, answer, give, refused, type Taken } from "../execute/answer.ts";
import type { Running } from "../execute/run.ts";
import type { Journal, OwnedRun, RunChange } from "../journal/journal.ts";
import type { Definition } from "../plan/node.ts";
import type { AnswerRefused } from "../types/failure.ts";
import { type Heard, Inbox } from "./inbox.ts";
import type { JournalPort } from "./port.ts";
import type { Entry } from "./record.ts";

/** What is said to a run, here and elsewhere: answers and cancels. Each is written down before it counts. */
export class Correspondence {
  readonly #definition: Definition;
  readonly #inbox: Inbox;
  #port: JournalPort | undefined;
  #running: Running | undefined;
  /** A cancel that came before the run was live. */
  #early: { readonly reason: unknown } | undefined;

  constructor(definition: Definition, journal: Journal, runId: string) {
    this.#definition = definition;
    this.#inbox = new Inbox(journal, runId, (heard) => this.#heed(heard));
  }

  /** The run is there, and can be told. */
  to(running: Running, port: JournalPort): void {
    this.#running = running;
    this.#port = port;
  }

  async answer(step: string, given: unknown, path: string | undefined): Promise<Result<void, AnswerRefused>> {
    const scheduler = this.#running?.scheduler;
    if (scheduler === undefined) return refused(step, path, "over");
    return answer(scheduler, this.#definition, step, given, path, async (checked, take) => {
      let taken: Taken = "over";
      await this.#tell({ type: "answered", message: 0, ...checked, at: 0, tick: 0 }, undefined, () => {
        taken = take();
      });
      return taken;
    });
  }

  cancel(reason: unknown): void {
    if (this.#port?.live !== true) {
      this.#early ??= { reason };
      return;
    }
    this.#port.hold();
    void this.#tellCancel(reason);
  }

  /** Whether a cancel came before the run was live. */
  get cancelledEarly(): boolean {
    return this.#early !== undefined;
  }

  /** Tells that cancel, for which the run is held already. `early`: before its first step. */
  async cancelEarly(early?: true): Promise<void> {
    const reason = this.#early?.reason;
    this.#early = undefined;
    await this.#tellCancel(reason, early);
  }

  /** What was said before, as a record has it. */
  repeat(entry: Entry): void {
    if (entry.type === "cancelled") this.#running?.cancel(entry.value);
    else if (entry.type === "answered") this.#give(entry);
    if ("message" in entry) this.#inbox.skip(entry.message);
  }

  /** Heeds what others have said and will say; gives what stops that. */
  listen(owned: OwnedRun): () => void {
    // Two answers may have come while nobody was here: with the first of them, the run is not yet to be suspended again.
    const hear = () => void this.#port?.whileHearing(() => this.#inbox.read()).then(() => this.#running?.scheduler.look());
    const stop = owned.listen(hear);
    hear();
    return stop;
  }

  /** Nothing begins any more while the cancel is written. */
  async #tellCancel(reason: unknown, early?: true): Promise<void> {
    const entry: Entry = { type: "cancelled", message: 0, value: reason, ...(early && { early }), at: 0, tick: 0 };
    await this.#tell(entry, undefined, () => this.#running?.cancel(reason));
    this.#port?.goOn();
  }

  #heed({ number, said }: Heard): Promise<void> {
    const change = { seen: number };
    const moment = { message: number, at: 0, tick: 0 };
    if (said.cancel === true)
      return this.#tell({ type: "cancelled", value: said.value, ...moment }, change, () => this.#running?.cancel(said.value));
    const { step, path, value } = said;
    return this.#tell({ type: "answered", step, path, value, ...moment }, change, () => this.#give({ step, path, value }));
  }

  #give(given: { readonly step: string; readonly path: unknown; readonly value: unknown }): void {
    if (this.#running !== undefined) give(this.#running.scheduler, this.#definition, given as Answer);
  }

  async #tell(entry: Entry, change: RunChange | undefined, apply: () => void): Promise<void> {
    const port = this.#port;
    if (port !== undefined) await port.tell({ ...entry, ...port.moment() } as Entry, change, apply);
  }
}

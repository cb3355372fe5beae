import type { Result } from "neverthrow";
import { type Answer, answer, give, refused, type Taken } from "../../answers/answer.ts";
import type { Running } from "../../execute/run/run.ts";
import type { Scheduler } from "../../execute/schedule/schedule.ts";
import { encode } from "../../journal/codec.ts";
import type { Journal, OwnedRun, RunChange } from "../../journal/journal.ts";
import { answerKey } from "../../journal/waits.ts";
import type { Definition } from "../../plan/node.ts";
import type { AnswerRefused } from "../../types/failure.ts";
import type { JournalPort } from "../engine/port.ts";
import type { Entry } from "../records/record.ts";
import { unkept } from "./answer.ts";
import { type Heard, Inbox, overKey } from "./inbox.ts";

/** What is said to a run, here and elsewhere: answers and cancels. Each is written down before it counts. */
export class Correspondence {
  readonly #definition: Definition;
  readonly #journal: Journal;
  readonly #runId: string;
  readonly #inbox: Inbox;
  /** By their keys: the answers that were given here and are on their way. */
  readonly #awaited = new Map<string, (taken: Taken) => void>();
  #port: JournalPort | undefined;
  #running: Running | undefined;
  /** A cancel that came before the run was live. */
  #early: { readonly reason: unknown } | undefined;

  constructor(definition: Definition, journal: Journal, runId: string) {
    this.#definition = definition;
    this.#journal = journal;
    this.#runId = runId;
    const heed = (heard: Heard) => this.#heed(heard);
    this.#inbox = new Inbox(journal, runId, heed, (number) => this.#port?.uses(number));
  }

  /** The run is there, and can be told. */
  to(running: Running, port: JournalPort): void {
    this.#running = running;
    this.#port = port;
    port.lastCall = (path) => this.#lastCall(path);
  }

  async answer(step: string, given: unknown, path: string | undefined): Promise<Result<void, AnswerRefused>> {
    const scheduler = this.#running?.scheduler;
    if (scheduler === undefined) return refused(step, path, "over");
    let failed: Result<void, AnswerRefused> | undefined;
    const answered = await answer(scheduler, this.#definition, scheduler.waits.find(step, path), step, given, path, async (checked) => {
      const sent = await this.#send(scheduler, checked);
      if (typeof sent === "string") return sent;
      failed = sent;
      return "over";
    });
    return failed ?? answered;
  }

  /** It goes the way of those from elsewhere, so that there is one order of all answers, and one that is the first. */
  async #send(scheduler: Scheduler, { step, path, value }: Answer): Promise<Taken | Result<void, AnswerRefused>> {
    await this.#inbox.read();
    const { waits } = scheduler;
    const fate = waits.fate(step, path);
    if (path === undefined && fate === "answered") return fate;
    const at = waits.find(step, path)?.path;
    if (at === undefined && (fate !== undefined || path !== undefined)) return fate ?? "no_such_wait";
    const body = encode({ step, path: at, value });
    if (body.isErr()) return unkept("invalid", body.error.message);
    const key = answerKey(step, at);
    const { promise, resolve } = Promise.withResolvers<Taken>();
    this.#awaited.set(key, resolve);
    const sent = await this.#journal.send(this.#runId, key, body.value);
    if (sent.isErr()) return unkept(sent.error.type === "run_not_found" ? "no_such_run" : "journal_failed", sent.error.message);
    if (sent.value !== "sent") return sent.value === "taken" ? "answered" : "over";
    await this.#inbox.read();
    // One that the run did not come to hear of is for whoever goes on with it.
    resolve(scheduler.over && !scheduler.leaving ? "over" : "taken");
    this.#awaited.delete(key);
    return promise;
  }

  /** The time of a wait has run out: an answer that came before still counts, and none that comes later. */
  async #lastCall(path: string): Promise<void> {
    await this.#journal.send(this.#runId, overKey(path), encode({ over: path })._unsafeUnwrap());
    await this.#inbox.read();
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

  /** Heeds what others have said and will say; gives what stops that. What they had said to a run of before counts before anything begins. */
  listen(owned: OwnedRun, isNew: boolean): () => void {
    // Two answers may have come while nobody was here: with the first of them, the run is not yet to be suspended again.
    const hear = async () => {
      await this.#port?.whileHearing(() => this.#inbox.read());
      this.#running?.scheduler.look();
    };
    const stop = owned.listen(() => void hear());
    if (isNew) void hear();
    else {
      this.#port?.hold();
      void hear().finally(() => {
        this.#port?.goOn();
        this.#running?.scheduler.look();
      });
    }
    return stop;
  }

  /** Nothing begins any more while the cancel is written. */
  async #tellCancel(reason: unknown, early?: true): Promise<void> {
    const entry: Entry = { type: "cancelled", message: 0, value: reason, ...(early && { early }), at: 0, tick: 0 };
    await this.#tell(entry, undefined, () => this.#running?.cancel(reason));
    this.#port?.goOn();
  }

  #heed({ number, key, said }: Heard): Promise<void> {
    const change = { seen: number };
    const moment = { message: number, at: 0, tick: 0 };
    if (said.cancel === true)
      return this.#tell({ type: "cancelled", value: said.value, ...moment }, change, () => this.#running?.cancel(said.value));
    const { step, path, value } = said;
    return this.#tell({ type: "answered", step, path, value, ...moment }, change, () => {
      const taken = this.#give({ step, path, value });
      this.#awaited.get(key)?.(this.#running?.scheduler.leaving === true ? "taken" : taken);
    });
  }

  #give(given: { readonly step: string; readonly path: unknown; readonly value: unknown }): Taken {
    return this.#running === undefined ? "over" : give(this.#running.scheduler, this.#definition, given as Answer);
  }

  async #tell(entry: Entry, change: RunChange | undefined, apply: () => void): Promise<void> {
    const port = this.#port;
    if (port !== undefined) await port.tell({ ...entry, ...port.moment() } as Entry, change, apply);
  }
}

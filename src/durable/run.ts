import { err, type Result } from "neverthrow";
import { elsewhere } from "../execute/outcome/failure.ts";
import { finishedFailure, unbegun } from "../execute/run/finished.ts";
import { type Outcome, Running } from "../execute/run/run.ts";
import type { RunSettings } from "../execute/run/settings.ts";
import { decode } from "../journal/codec.ts";
import { drained, interrupted, journalFailed } from "../journal/failure.ts";
import type { Journal, OwnedRun } from "../journal/journal.ts";
import { frozenCopy } from "../plan/frozen.ts";
import type { Definition } from "../plan/node.ts";
import type { AnswerRefused, OpenWait } from "../types/failure.ts";
import { conflict, formerShape } from "./changes/changed.ts";
import type { Again } from "./changes/rerun.ts";
import { JournalPort } from "./engine/port.ts";
import type { Leaving } from "./engine/scribe.ts";
import { Correspondence } from "./messages/correspondence.ts";
import { open } from "./open.ts";
import { keepEnding, otherEnd } from "./records/ending.ts";
import { keptShape } from "./records/kept-shape.ts";
import { misfit } from "./records/misfit.ts";
import { entriesOf, type Trouble } from "./records/reading.ts";
import { type Beginning, type Begun, begunWith, type Entry, write } from "./records/record.ts";
import { Turns } from "./records/turns.ts";
import { Telling } from "./telling.ts";

/** A run that a journal keeps, in the hands of this process: begun here, or taken up again. */
export class DurableRun {
  readonly id: string;
  readonly outcome: Promise<Outcome>;
  readonly #definition: Definition;
  readonly #settings: RunSettings;
  readonly #journal: Journal;
  readonly #stays: boolean;
  #owned: OwnedRun | undefined;
  #port: JournalPort | undefined;
  #running: Running | undefined;
  readonly #live = Promise.withResolvers<void>();
  /** Resolves when the records are used up and the run goes on, or when it never will. */
  readonly live = this.#live.promise;
  #stopListening: (() => void) | undefined;
  readonly #correspondence: Correspondence;
  readonly #telling: Telling;
  /** How it ended here, where that is not for the scheduler to say. */
  readonly #left = Promise.withResolvers<Outcome>();
  #stopGrace: (() => void) | undefined;

  /** `begin` is undefined for a run that must be there already. */
  constructor(
    definition: Definition,
    id: string,
    begin: Beginning | Again | undefined,
    settings: RunSettings,
    { journal, stays }: { readonly journal: Journal; readonly stays: boolean },
  ) {
    this.id = id;
    this.#definition = definition;
    this.#settings = settings;
    this.#journal = journal;
    this.#stays = stays;
    this.#telling = new Telling(id, settings);
    this.#correspondence = new Correspondence(definition, journal, id);
    this.outcome = this.#go(begin).catch((thrown: unknown) => this.#refused(journalFailed("the journal to answer", thrown)));
  }

  get waits(): readonly OpenWait[] {
    return this.#running?.waits ?? [];
  }

  async answer(step: string, given: unknown, path: string | undefined): Promise<Result<void, AnswerRefused>> {
    await this.live;
    return this.#correspondence.answer(step, given, path);
  }

  cancel(reason: unknown): void {
    this.#correspondence.cancel(reason);
  }

  /**
   * Asks the run to stop between two calls: nothing more begins. Where nothing is under way any more, `letGo` ends this
   * process's part in it without a word to it, and whoever takes it up goes on from there; `goOn` takes the request back.
   */
  hold(): { readonly busy: boolean; goOn(): void; letGo(): Promise<boolean> } {
    const port = this.#port;
    port?.hold();
    return {
      get busy() {
        return port?.busy ?? false;
      },
      goOn: () => {
        port?.goOn();
        this.#running?.scheduler.look();
      },
      letGo: () => this.#letGo(),
    };
  }

  async #letGo(): Promise<boolean> {
    if (this.#running === undefined || this.#running.scheduler.over) return false;
    this.#stopHearing();
    this.#port?.close();
    await this.#owned?.release();
    return true;
  }

  async #go(begin: Beginning | Again | undefined): Promise<Outcome> {
    const opened = await open(this.#journal, this.#definition, this.id, begin, this.#settings);
    if (opened.isErr()) return this.#refused(opened.error);
    const owned = opened.value;
    this.#owned = owned;
    const entries = await entriesOf(this.#journal, owned.run, this.#settings.clock);
    if (entries.isErr()) return this.#refused(entries.error);
    const [first, ...rest] = entries.value;
    const beginning = decode(owned.run.input);
    if (beginning.isErr()) return this.#refused(beginning.error);
    const begun = first?.type === "begun" ? first : begunWith(this.#definition, this.#settings);
    if (first === undefined) await owned.append([write(begun)._unsafeUnwrap()]);
    // It is in the journal, and nothing of it has begun here.
    const { drain } = this.#settings;
    if (drain?.aborted === true && entries.value.at(-1)?.type !== "ended") return this.#refused(drained(this.id));
    const before = formerShape(this.#definition, entries.value);
    const changed = before && conflict(this.#definition, before, owned.run, entries.value, this.#settings);
    if (changed !== undefined) return this.#refused({ type: "plan_changed", message: changed });
    const running = this.#prepare(owned, beginning.value as Beginning, begun);
    // Nothing but its beginning may be recorded of a run that has gone on for long: one that has begun with a sleep.
    const begins = first === undefined || (begun.later === true && rest.length === 0);
    if (begins) this.#telling.goLive();
    // A run that is new is live from its first step on, and whoever listens hears of that too.
    if (first === undefined) this.#goOn(owned, running, true);
    if (first === undefined && this.#correspondence.cancelledEarly) await this.#correspondence.cancelEarly(true);
    if (rest[0]?.type === "cancelled" && rest[0].early === true) running.cancel(rest[0].value);
    running.start();
    const strange = (await this.#replay(rest)) ?? (await otherEnd(this.#definition, this.id, running, rest.at(-1)));
    if (strange !== undefined) return this.#refused({ type: "plan_changed", message: strange });
    // The replay takes its time, in which either may have come.
    if (first !== undefined && !running.scheduler.over) {
      if (owned.lost.aborted) return this.#refused(interrupted(this.id));
      if (drain?.aborted === true) return this.#refused(drained(this.id));
    }
    const outcome = Promise.race([running.outcome, this.#left.promise]).then((ended) => this.#ended(ended));
    if (!running.scheduler.over) {
      if (begins && first !== undefined) void owned.append([write({ type: "opened" })._unsafeUnwrap()]);
      if (before !== undefined) void owned.append([write({ type: "changed", shape: keptShape(this.#definition) })._unsafeUnwrap()]);
      if (first !== undefined) this.#goOn(owned, running);
      if (this.#correspondence.cancelledEarly) void this.#correspondence.cancelEarly();
    }
    this.#live.resolve();
    return outcome;
  }

  #prepare(owned: OwnedRun, { input, state }: Beginning, begun: Begun): Running {
    const watcher = { failed: (trouble: Trouble) => this.#leave(trouble, "nothing") };
    const port = new JournalPort(owned, this.#settings.clock, this.#stays, watcher, begun);
    this.#port = port;
    // The caller's signal is one who cancels like any other: it has to be written down before it counts.
    const settings = {
      ...this.#settings,
      ...begun.options,
      state: frozenCopy(state) as object | undefined,
      runId: this.id,
      signal: undefined,
      listeners: this.#telling.listeners,
    };
    this.#running = new Running(this.#definition, input, settings, port);
    this.#correspondence.to(this.#running, port);
    return this.#running;
  }

  /** What is wrong with the records, if this plan did not write them. */
  async #replay(entries: readonly Entry[]): Promise<string | undefined> {
    this.#port?.decisions.know(entries);
    const turns = new Turns(this.#settings.clock);
    for (const entry of entries) {
      if (entry.type === "ended") return undefined;
      const known = this.#port?.replay(entry, () => this.#correspondence.repeat(entry));
      if (known === false) return misfit(this.#definition.name, this.id, entry);
      if (turns.due) await turns.take();
    }
    return undefined;
  }

  #goOn(owned: OwnedRun, running: Running, isNew = false): void {
    owned.lost.addEventListener("abort", () => this.#leave(interrupted(this.id), "nothing"));
    const { signal, drain } = this.#settings;
    drain?.addEventListener("abort", this.#onDrain);
    // Once is enough: a run that ends already, as its records say, is cancelled or past it.
    if (signal?.aborted === true) {
      if (!running.scheduler.ending) this.cancel(signal.reason);
    } else signal?.addEventListener("abort", this.#onAbort);
    this.#stopListening = this.#correspondence.listen(owned, isNew);
    this.#telling.goLive(this.#definition);
    // Before it is written that the run is cancelled, nothing of it begins.
    const port = this.#port as JournalPort;
    if (this.#correspondence.cancelledEarly) port.hold();
    port.goLive(isNew);
  }

  /** The run goes on elsewhere, or another time: what is under way here is told to stop, and nothing is undone. */
  #leave({ type, message, cause }: Trouble, leaving: Leaving): void {
    const scheduler = this.#running?.scheduler;
    if (scheduler === undefined || scheduler.over) return;
    const failure = elsewhere(type, message, cause);
    if (!scheduler.ending || scheduler.leaving) {
      this.#port?.leave(leaving);
      return scheduler.leave(failure);
    }
    // It is about to end for good, and what it undoes may take longer than there is time here: the next owner goes on with that.
    const leave = () => {
      this.#telling.left(failure);
      this.#left.resolve(err(finishedFailure(scheduler, failure)));
    };
    if (leaving === "nothing") {
      this.#port?.close();
      leave();
    } else this.#stopGrace = this.#settings.clock.timer(scheduler.settings.grace, leave);
  }

  readonly #onAbort = () => this.cancel(this.#settings.signal?.reason);
  readonly #onDrain = () => this.#leave(drained(this.id), "unaware");

  #stopHearing(): void {
    this.#stopListening?.();
    this.#settings.signal?.removeEventListener("abort", this.#onAbort);
    this.#settings.drain?.removeEventListener("abort", this.#onDrain);
  }

  async #ended(outcome: Outcome): Promise<Outcome> {
    const owned = this.#owned as OwnedRun;
    this.#stopHearing();
    this.#stopGrace?.();
    this.#port?.close();
    const kept = await keepEnding(owned, outcome, this.#port?.suspension);
    if (kept.isErr()) return this.#refused(kept.error);
    await owned.release();
    this.#telling.end();
    return outcome;
  }

  async #refused({ type, message, cause }: Trouble): Promise<Outcome> {
    this.#port?.close();
    this.#live.resolve();
    const owned = this.#owned;
    // It waits as it did before it was looked at.
    if (type === "plan_changed" && owned?.run.status === "suspended")
      await owned.append([], { status: "suspended", ...(owned.run.wakeAt === undefined ? {} : { wakeAt: owned.run.wakeAt }) });
    await owned?.release();
    const failure = elsewhere(type, message, cause);
    this.#telling.left(failure);
    return err(unbegun(failure, this.id));
  }
}

import { err, type Result } from "neverthrow";
import type { Call } from "../execute/call.ts";
import { Context } from "../execute/context.ts";
import { Fault, isEcho } from "../execute/failure.ts";
import { currentTick } from "../execute/in-process.ts";
import type { Op } from "../execute/op.ts";
import { pathOf } from "../execute/place.ts";
import type { Port, TimerName, WaitState } from "../execute/port.ts";
import { isThenable, whenSettled } from "../execute/result.ts";
import type { Wait } from "../execute/waits.ts";
import { type Interrupted, type JournalFailed, journalFailed } from "../journal/failure.ts";
import type { OwnedRun, RunChange } from "../journal/journal.ts";
import type { Clock } from "../types/options.ts";
import { Attempts } from "./attempts.ts";
import { Chance } from "./chance.ts";
import { listed } from "./items.ts";
import { type Begun, type Entry, type How, valueIn, write, writeThrown } from "./record.ts";
import { revive } from "./thrown.ts";
import { ToldWaits } from "./told-waits.ts";

type Settled = Extract<Entry, { readonly type: "settled" }>;

interface Timer {
  due: number;
  /** What it gives to those who are told to stop, in ms; undefined where it is no grace. */
  readonly grace: number | undefined;
  readonly fire: () => void;
  stop: (() => void) | undefined;
}

/** What is still written of a run that is left: nothing, where it may have another owner; else what steps came to that never asked for their signal. */
export type Leaving = "nothing" | "unaware";

/** What the port tells the one who made it. */
export interface Watcher {
  /** The journal takes nothing more: the run cannot go on here. */
  failed(failure: Interrupted | JournalFailed): void;
}

/**
 * An engine that writes down whatever reaches the run, before it does: what calls came to, timers that fired, answers. A run
 * that is taken up again gets its records in the same order, and nothing new before they are used up; then the calls that
 * were asked for and have no record are made.
 *
 * Time stands still between two entries, so that a decision never depends on how long writing took.
 */
export class JournalPort implements Port {
  readonly #owned: OwnedRun;
  readonly #clock: Clock;
  /** Wall time in ms since 1970. */
  readonly #beginning: number;
  readonly #chance: Chance;
  readonly #watcher: Watcher;
  #stays: boolean;
  #live = false;
  #hearing = 0;
  #over = false;
  /** The run ends here without being over: what it still has to hear is not written, or only what steps that know nothing of it came to. */
  #leaving: Leaving | undefined;
  #wakeAt: number | undefined;
  /** The last owner died, and what it had begun may have been done. */
  #followsDead: boolean;
  /** How many want no call to begin: see `hold`. */
  #holds = 0;
  /** The calls that were begun here, by their keys. */
  readonly #underWay = new Map<string, Call>();
  /** Ms since the run began, as of the last entry. */
  #now = 0;
  #tick = 0;
  /** What this process's own count of ticks began at. */
  #baseTick = 0;
  /** What `#clock.now()` was when `#anchor` ms of the run had gone by. */
  #origin = 0;
  #anchor = 0;
  readonly #asked = new Map<string, Call>();
  readonly #attempts = new Attempts();
  readonly #timers = new Map<string, Timer>();
  /** Timers that the replay has stopped: one may have fired while that which stopped it was still on its way into the journal. */
  readonly #stopped = new Set<string>();
  readonly #waits = new ToldWaits();

  constructor(owned: OwnedRun, clock: Clock, stays: boolean, watcher: Watcher, { rerun }: Begun) {
    this.#owned = owned;
    this.#followsDead = owned.abandoned && owned.run.records > 0;
    this.#clock = clock;
    this.#stays = stays;
    this.#watcher = watcher;
    this.#beginning = rerun?.since ?? owned.run.createdAt;
    this.#chance = new Chance(rerun?.seed ?? owned.run.id);
  }

  /** Whether what happens now is new. */
  get live(): boolean {
    return this.#live;
  }

  /** While it replays, or takes in what others have said, nobody may conclude that nothing more will come. */
  get stays(): boolean {
    return this.#stays || !this.#live || this.#hearing > 0 || this.#holds > 0;
  }

  /** Messages are taken in until `hear` is done. */
  async whileHearing(hear: () => Promise<void>): Promise<void> {
    this.#hearing++;
    await hear().finally(() => this.#hearing--);
  }

  /** Whether a call that was begun here can still reach the run. */
  get busy(): boolean {
    return [...this.#underWay.values()].some(({ abandoned }) => !abandoned);
  }

  call(call: Call): boolean {
    let key = this.#keyOf(call);
    // Parts of one step may have no path of their own, and be under way side by side.
    while (this.#asked.get(key)?.abandoned === false) key += "+";
    this.#asked.set(key, call);
    if (this.#live && this.#holds === 0) this.#start(key, call);
    return false;
  }

  timer(ms: number, fire: () => void, { purpose, at }: TimerName): () => void {
    // By what it is for, and not by a number: a time limit that came with a new version of the plan shifts no other.
    const name = at === undefined ? `|${purpose}` : `${pathOf(at.place, at.op)}|${purpose}|${at.attempt}`;
    const grace = purpose === "grace" || purpose === "abort" ? ms : undefined;
    const timer: Timer = { due: this.#now + ms, grace, fire, stop: undefined };
    this.#timers.set(name, timer);
    if (this.#live && this.#holds === 0) this.#arm(name, timer);
    return () => {
      timer.stop?.();
      if (this.#timers.get(name) !== timer) return;
      this.#timers.delete(name);
      if (!this.#live) this.#stopped.add(name);
    };
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#beginning + this.#now;
  }

  random(): number {
    return this.#chance.next();
  }

  tick(): number {
    return this.#tick;
  }

  suspends(): boolean {
    let due = Number.POSITIVE_INFINITY;
    for (const timer of this.#timers.values()) due = Math.min(due, timer.due);
    if (due <= this.#elapsed()) return false;
    this.#wakeAt = Number.isFinite(due) ? Math.ceil(this.#beginning + due) : undefined;
    return true;
  }

  /** When the run that has been suspended is due, as wall time; undefined where only an answer ends its waits. */
  get wakeAt(): number | undefined {
    return this.#wakeAt;
  }

  waits(wait: Wait, now: WaitState): void {
    const entry = this.#waits.change(wait, now);
    if (this.#live && entry !== undefined) this.#note([entry]);
  }

  yield(resume: () => void): void {
    // Every entry is waited for, which lets the rest of the process have its turn; within one, time stands still.
    resume();
  }

  /** Hands the scheduler what a record says. False where nobody has asked for it: the plan is another one. */
  replay(entry: Entry, apply: (entry: Entry) => void): boolean {
    this.#set(entry);
    switch (entry.type) {
      case "started":
        if (this.#attempts.has(entry.key)) this.#lost(this.#asked.get(entry.key));
        this.#attempts.begun(entry.key);
        return this.#asked.has(entry.key);
      case "settled":
        return this.#replaySettled(entry);
      case "fired": {
        const timer = this.#timers.get(entry.timer);
        this.#timers.delete(entry.timer);
        timer?.fire();
        return timer !== undefined || this.#stopped.has(entry.timer);
      }
      default:
        this.#waits.replay(entry);
        apply(entry);
        return true;
    }
  }

  /** The records are used up: from here on, things happen. What is new begins at 0, as it will in every replay. */
  goLive(isNew: boolean): void {
    if (this.#over) return;
    this.#anchor = isNew ? 0 : Math.max(this.#now, this.#clock.date() - this.#beginning);
    this.#origin = this.#clock.now();
    this.#now = this.#anchor;
    this.#baseTick = this.#tick + 1 - currentTick();
    this.#live = true;
    this.#stopped.clear();
    // What is begun again in order to stop has its grace anew: it could not clean up while nobody was there.
    for (const timer of this.#timers.values()) if (timer.grace !== undefined) timer.due = this.#now + timer.grace;
    this.#note(this.#waits.untold());
    // One that outlived its grace before is nobody's any more.
    for (const [key, call] of this.#asked) if (call.abandoned) this.#asked.delete(key);
    this.#wake();
  }

  /** Begins whatever may begin. */
  #wake(): void {
    if (this.#holds > 0 || !this.#live || this.#over) return;
    for (const [name, timer] of this.#timers) if (timer.stop === undefined) this.#arm(name, timer);
    const ready = [...this.#asked].filter(([key, call]) => !call.abandoned && !this.#underWay.has(key));
    if (this.#followsDead) void this.#again(ready);
    // The first of them may cancel the run.
    else for (const [key, call] of ready) if (this.#holds === 0) this.#start(key, call);
    this.#followsDead = false;
  }

  /**
   * Begins anew what was under way when the last owner died. It may have died before it could write that it had begun, so
   * that is written first, and what this owner begins too: whatever happens, no attempt is ever made under a number of before.
   */
  async #again(begun: readonly (readonly [string, Call])[]): Promise<void> {
    for (const [key, call] of begun) this.#underWay.set(key, call);
    const untold = begun.filter(([key]) => !this.#attempts.has(key));
    for (const [key] of untold) this.#attempts.begun(key);
    const texts = [...untold, ...begun].map(([key]) => write({ type: "started", key })._unsafeUnwrap());
    if (texts.length === 0) return;
    const stored = await this.#stored(texts);
    if (this.#over || this.#leaving) return;
    if (stored.isErr()) return this.#watcher.failed(stored.error);
    for (const [key, call] of begun) if (!call.abandoned) this.#call(key, call);
  }

  /** Writes an entry of somebody outside, and hands it to the run. */
  async tell(entry: Entry, change: RunChange | undefined, apply: () => void): Promise<void> {
    const text = "value" in entry && entry.type === "cancelled" ? writeThrown(entry) : write(entry);
    if (text.isOk()) await this.#append(text.value, entry, apply, change);
  }

  /** The moment for a new entry. */
  moment(): { readonly at: number; readonly tick: number } {
    return { at: this.#elapsed(), tick: this.#baseTick + currentTick() };
  }

  /** From here on no call begins: what is under way ends and is written, and where nothing is, the run can go on elsewhere. */
  hold(): void {
    this.#holds++;
  }

  /** What was held back begins after all, unless nobody wants it any more. */
  goOn(): void {
    this.#holds--;
    this.#wake();
  }

  /** From here on next to nothing is written: what aborted steps come to within their grace still reaches the run. */
  leave(leaving: Leaving): void {
    this.#leaving = leaving;
    // No record stands for this moment, from which the grace counts.
    if (this.#live) this.#now = this.#elapsed();
  }

  /** Nothing more is written, nor called back. */
  close(): void {
    this.#over = true;
    for (const timer of this.#timers.values()) timer.stop?.();
    this.#timers.clear();
  }

  #set(entry: Entry): void {
    if (!("at" in entry)) return;
    this.#now = Math.max(this.#now, entry.at);
    this.#tick = entry.tick;
  }

  #elapsed(): number {
    return Math.max(this.#now, this.#anchor + (this.#clock.now() - this.#origin));
  }

  #arm(name: string, timer: Timer): void {
    timer.stop = this.#clock.timer(Math.max(0, timer.due - this.#elapsed()), () => {
      const entry: Entry = { type: "fired", timer: name, ...this.moment() };
      void this.#append(write(entry)._unsafeUnwrap(), entry, () => {
        if (this.#timers.get(name) !== timer) return;
        this.#timers.delete(name);
        timer.fire();
      });
    });
  }

  /** Writes what nothing waits for. What came before it is not written either, once the run leaves. */
  #note(entries: readonly Entry[]): void {
    if (this.#over || this.#leaving || entries.length === 0) return;
    void this.#owned.append(entries.map((entry) => write(entry)._unsafeUnwrap()));
  }

  #start(key: string, call: Call): void {
    const fiber = Context.fiberOf(call.context as Context);
    if (fiber.group.aborting && !this.#attempts.has(key)) return this.#settle(key, call, "thrown", reasonOf(call));
    this.#note([{ type: "started", key }]);
    this.#call(key, call);
  }

  /** An attempt was under way when its owner was lost. True where it cannot be made again, since what it took is counted. */
  #lost(call: Call | undefined): boolean {
    const { op, fiber } = call ?? {};
    if (call?.abandoned !== false || fiber === undefined || op?.spends?.lost(fiber.run, fiber, op) !== true) return false;
    fiber.run.look();
    return true;
  }

  /** Calls the leaf. Whatever it throws ends here. */
  #call(key: string, call: Call): void {
    const op = call.op as Op;
    const context = call.context as Context;
    const again = this.#attempts.has(key);
    const lost = this.#attempts.begins(key);
    if (again && this.#lost(call)) return;
    if (lost > 0) Context.again(context, lost);
    this.#underWay.set(key, call);
    const thrown = (reason: unknown) => this.#settle(key, call, "thrown", reason);
    const returned = (value: unknown) => {
      try {
        call.returned(value);
      } catch (reason) {
        return thrown(reason);
      }
      this.#settle(key, call, call.outcome, call.value);
    };
    const list = (value: unknown) => {
      try {
        const items = listed(value, context);
        if (isThenable(items)) void whenSettled(items, returned, thrown);
        else returned(items);
      } catch (reason) {
        thrown(reason);
      }
    };
    const done = op.role === '"items"' ? list : returned;
    try {
      const value = op.run(context);
      if (isThenable(value)) void whenSettled(value, done, thrown);
      else done(value);
    } catch (reason) {
      thrown(reason);
    }
  }

  #settle(key: string, call: Call, how: How, value: unknown): void {
    if (call.abandoned || this.#over) return;
    // From here on nothing that the step does counts: what it has set so far is what is written.
    const context = call.context as Context;
    const patch = Context.settle(context);
    const moment = this.moment();
    const entry: Settled = {
      type: "settled",
      key,
      how,
      value,
      patch,
      ...(how !== "value" && isAnswer(call, value) && { echo: true }),
      ...(Context.listens(context) && { listened: true }),
      ...(isLate(call, moment.at) && { late: true }),
      ...moment,
    };
    // What a step makes of an abort may be half a result; one that cannot know of it is done.
    if (this.#leaving === "unaware" && (how !== "value" || entry.listened === true)) return this.#deliver(key, call, entry);
    const text = how === "value" ? write(entry) : how === "thrown" ? writeThrown(entry) : write(entry).orElse(() => writeThrown(entry));
    if (text.isOk()) return void this.#append(text.value, entry, () => this.#deliver(key, call, this.#copy(text.value, entry)));
    const refused: Settled = { ...entry, how: "refused", value: text.error.message, patch: undefined };
    void this.#append(write(refused)._unsafeUnwrap(), refused, () => this.#deliver(key, call, refused));
  }

  /** What a step hands on is what a resume would read, so that live and resumed runs are alike. */
  #copy(text: string, entry: Settled): Settled {
    const { how, value } = entry;
    // Nobody can change one that is no object.
    if (how === "thrown" || typeof value !== "object" || value === null) return entry;
    return valueIn(text)
      .map((copy) => ({ ...entry, value: copy }))
      .unwrapOr(entry);
  }

  #replaySettled(entry: Settled): boolean {
    const call = this.#asked.get(entry.key);
    // A time limit that is no longer there cannot have been passed.
    if (call === undefined || (entry.late === true && call.scope === undefined)) return false;
    // Whether it was late is known, whatever the limit is now.
    call.startedAt = entry.late === true ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    if (call.context !== undefined)
      Context.restore(call.context, entry.patch as Record<string, unknown> | undefined, entry.listened === true);
    const value =
      entry.echo === true ? reasonOf(call) : entry.how === "thrown" ? revive(entry.value as Parameters<typeof revive>[0]) : entry.value;
    this.#deliver(entry.key, call, { ...entry, value });
    return true;
  }

  #deliver(key: string, call: Call, { how, value }: Settled): void {
    this.#asked.delete(key);
    this.#attempts.ended(key);
    this.#underWay.delete(key);
    if (call.abandoned) return;
    if (how === "refused") call.threw(new Fault("not_serializable", value as string, []));
    else {
      call.outcome = how;
      call.value = value;
    }
    call.run.settled(call);
  }

  async #append(text: string, entry: Entry, apply: () => void, change?: RunChange): Promise<void> {
    if (this.#over) return;
    if (this.#leaving !== undefined && (this.#leaving === "nothing" || entry.type !== "settled")) {
      this.#set(entry);
      return apply();
    }
    const stored = await this.#stored([text], change);
    if (this.#over) return;
    // The step has ended all the same: nobody has to wait for it out of its grace.
    if (stored.isErr()) this.#watcher.failed(stored.error);
    if (this.#over) return;
    this.#set(entry);
    apply();
  }

  #stored(texts: readonly string[], change?: RunChange): Promise<Result<number, Interrupted | JournalFailed>> {
    return this.#owned.append(texts, change).catch((thrown: unknown) => err(journalFailed("the journal to answer", thrown)));
  }

  /** The same for the same call in every replay, and different for any two that are under way at once. */
  #keyOf({ op, context }: Call): string {
    const { id, role } = op as Op;
    if (context === undefined) throw new Error(`Expected a call of step ${id} to have a context`);
    return `${pathOf(Context.fiberOf(context).place, op as Op)}|${role}|${context.attempt}`;
  }
}

/** What aborted the attempt; undefined where nothing did. */
function reasonOf({ scope, context }: Call): unknown {
  return scope?.reason ?? (context === undefined ? undefined : Context.fiberOf(context).group.scope.reason);
}

/** Whether an attempt took longer than its time limit, whose timer had not fired yet. */
function isLate({ scope, timedOut, startedAt, op }: Call, at: number): boolean {
  return scope !== undefined && !timedOut && op?.timeout !== undefined && at - startedAt > op.timeout;
}

/** What only answers an abort is known by its identity, which no record keeps. */
function isAnswer(call: Call, value: unknown): boolean {
  const reason = reasonOf(call);
  return reason !== undefined && isEcho(value, reason);
}

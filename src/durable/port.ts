import { err, type Result } from "neverthrow";
import type { Call } from "../execute/call.ts";
import { Context } from "../execute/context.ts";
import { Fault, isEcho } from "../execute/failure.ts";
import { currentTick } from "../execute/in-process.ts";
import type { Op } from "../execute/op.ts";
import { pathOf } from "../execute/place.ts";
import type { Port } from "../execute/port.ts";
import { isThenable, whenSettled } from "../execute/result.ts";
import { decode } from "../journal/codec.ts";
import { type Interrupted, type JournalFailed, journalFailed } from "../journal/failure.ts";
import type { OwnedRun, RunChange } from "../journal/journal.ts";
import type { Clock } from "../types/options.ts";
import { Chance } from "./chance.ts";
import { listed } from "./items.ts";
import { type Entry, type How, write, writeThrown } from "./record.ts";
import { revive } from "./thrown.ts";

type Settled = Extract<Entry, { readonly type: "settled" }>;

interface Timer {
  readonly due: number;
  readonly fire: () => void;
  stop: (() => void) | undefined;
}

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
  readonly #chance: Chance;
  readonly #watcher: Watcher;
  #stays: boolean;
  #live = false;
  #hearing = 0;
  #over = false;
  /** The run ends here without being over: what it still has to hear is not written. */
  #leaving = false;
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
  readonly #started = new Map<string, number>();
  readonly #timers = new Map<number, Timer>();
  #nextTimer = 0;

  constructor(owned: OwnedRun, clock: Clock, stays: boolean, watcher: Watcher) {
    this.#owned = owned;
    this.#clock = clock;
    this.#stays = stays;
    this.#watcher = watcher;
    this.#chance = new Chance(owned.run.id);
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
    const key = this.#keyOf(call);
    this.#asked.set(key, call);
    if (this.#live && this.#holds === 0) this.#start(key, call);
    return false;
  }

  timer(ms: number, fire: () => void): () => void {
    const number = this.#nextTimer++;
    const timer: Timer = { due: this.#now + ms, fire, stop: undefined };
    this.#timers.set(number, timer);
    if (this.#live && this.#holds === 0) this.#arm(number, timer);
    return () => {
      timer.stop?.();
      this.#timers.delete(number);
    };
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#owned.run.createdAt + this.#now;
  }

  random(): number {
    return this.#chance.next();
  }

  tick(): number {
    return this.#tick;
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
        this.#started.set(entry.key, (this.#started.get(entry.key) ?? 0) + 1);
        return true;
      case "settled":
        return this.#replaySettled(entry);
      case "fired": {
        const timer = this.#timers.get(entry.timer);
        this.#timers.delete(entry.timer);
        timer?.fire();
        return timer !== undefined;
      }
      default:
        apply(entry);
        return true;
    }
  }

  /** The records are used up: from here on, things happen. */
  goLive(): void {
    if (this.#over) return;
    this.#anchor = Math.max(this.#now, this.#clock.date() - this.#owned.run.createdAt);
    this.#origin = this.#clock.now();
    this.#now = this.#anchor;
    this.#baseTick = this.#tick + 1 - currentTick();
    this.#live = true;
    for (const [number, timer] of this.#timers) this.#arm(number, timer);
    // One that outlived its grace before is nobody's any more.
    for (const [key, call] of this.#asked) if (call.abandoned) this.#asked.delete(key);
    if (this.#owned.abandoned && this.#owned.run.records > 0) void this.#again();
    else for (const [key, call] of this.#asked) this.#start(key, call);
  }

  /**
   * Begins anew what was under way when the last owner died. It may have died before it could write that it had begun, so
   * that is written first, and what this owner begins too: whatever happens, no attempt is ever made under a number of before.
   */
  async #again(): Promise<void> {
    const begun = [...this.#asked];
    const untold = begun.filter(([key]) => !this.#started.has(key));
    for (const [key] of untold) this.#started.set(key, 1);
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
    if (this.#holds > 0 || !this.#live || this.#over) return;
    for (const [number, timer] of this.#timers) if (timer.stop === undefined) this.#arm(number, timer);
    for (const [key, call] of this.#asked) if (!call.abandoned && !this.#underWay.has(key)) this.#start(key, call);
  }

  /** From here on nothing is written: what aborted steps come to within their grace still reaches the run. */
  leave(): void {
    this.#leaving = true;
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

  #arm(number: number, timer: Timer): void {
    timer.stop = this.#clock.timer(Math.max(0, timer.due - this.#elapsed()), () => {
      const entry: Entry = { type: "fired", timer: number, ...this.moment() };
      void this.#append(write(entry)._unsafeUnwrap(), entry, () => {
        if (!this.#timers.delete(number)) return;
        timer.fire();
      });
    });
  }

  #start(key: string, call: Call): void {
    const fiber = Context.fiberOf(call.context as Context);
    if (fiber.group.aborting && !this.#started.has(key)) return this.#settle(key, call, "thrown", reasonOf(call));
    void this.#owned.append([write({ type: "started", key })._unsafeUnwrap()]);
    this.#call(key, call);
  }

  /** Calls the leaf. Whatever it throws ends here. */
  #call(key: string, call: Call): void {
    const op = call.op as Op;
    const context = call.context as Context;
    const before = this.#started.get(key) ?? 0;
    if (before > 0) Context.again(context, before);
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
    const entry: Settled = {
      type: "settled",
      key,
      how,
      value,
      patch,
      ...(how !== "value" && isAnswer(call, value) && { echo: true }),
      ...(Context.listens(context) && { listened: true }),
      ...this.moment(),
    };
    const text = how === "value" ? write(entry) : how === "thrown" ? writeThrown(entry) : write(entry).orElse(() => writeThrown(entry));
    if (text.isOk()) return void this.#append(text.value, entry, () => this.#deliver(key, call, this.#copy(text.value, entry)));
    const refused: Settled = { ...entry, how: "refused", value: text.error.message, patch: undefined };
    void this.#append(write(refused)._unsafeUnwrap(), refused, () => this.#deliver(key, call, refused));
  }

  /** What a step hands on is what a resume would read, so that live and resumed runs are alike. */
  #copy(text: string, entry: Settled): Settled {
    if (entry.how === "thrown") return entry;
    return decode(text)
      .andThen((read) => decode((read as { readonly value: string }).value))
      .map((value) => ({ ...entry, value }))
      .unwrapOr(entry);
  }

  #replaySettled(entry: Settled): boolean {
    const call = this.#asked.get(entry.key);
    if (call === undefined) return false;
    if (call.context !== undefined)
      Context.restore(call.context, entry.patch as Record<string, unknown> | undefined, entry.listened === true);
    const value =
      entry.echo === true ? reasonOf(call) : entry.how === "thrown" ? revive(entry.value as Parameters<typeof revive>[0]) : entry.value;
    this.#deliver(entry.key, call, { ...entry, value });
    return true;
  }

  #deliver(key: string, call: Call, { how, value }: Settled): void {
    this.#asked.delete(key);
    this.#started.delete(key);
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
    if (this.#leaving) {
      this.#set(entry);
      return apply();
    }
    const stored = await this.#stored([text], change);
    if (this.#over) return;
    if (stored.isErr()) return this.#watcher.failed(stored.error);
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

/** What only answers an abort is known by its identity, which no record keeps. */
function isAnswer(call: Call, value: unknown): boolean {
  const reason = reasonOf(call);
  return reason !== undefined && isEcho(value, reason);
}

import type { Call } from "../execute/call.ts";
import { Context } from "../execute/context.ts";
import { pathOf } from "../execute/place.ts";
import type { Port, TimerName, WaitState } from "../execute/port.ts";
import type { Wait } from "../execute/waits.ts";
import type { OwnedRun, RunChange } from "../journal/journal.ts";
import type { Clock } from "../types/options.ts";
import { Attempts } from "./attempts.ts";
import { Chance } from "./chance.ts";
import { Decisions } from "./decisions.ts";
import { callLeaf } from "./leaf.ts";
import { OpenCalls, type Ready } from "./open-calls.ts";
import { handOn, reasonOf, recalled, type Settled, settledEntry, written } from "./outcome.ts";
import { type Begun, type Entry, type How, write, writeThrown } from "./record.ts";
import { RunTime } from "./run-time.ts";
import { type Leaving, Scribe, type Watcher } from "./scribe.ts";
import { Timers, waitOf } from "./timers.ts";
import { ToldWaits } from "./told-waits.ts";

/**
 * An engine that writes down whatever reaches the run, before it does: what calls came to, timers that fired, answers. A run
 * that is taken up again gets its records in the same order, and nothing new before they are used up; then the calls that
 * were asked for and have no record are made.
 */
export class JournalPort implements Port {
  readonly decisions = new Decisions();
  readonly #scribe: Scribe;
  readonly #time: RunTime;
  readonly #timers: Timers;
  readonly #chance: Chance;
  readonly #waits = new ToldWaits();
  readonly #attempts = new Attempts();
  readonly #calls = new OpenCalls();
  readonly #stays: boolean;
  #live = false;
  #hearing = 0;
  /** How many want no call to begin: see `hold`. */
  #holds = 0;
  /** How many calls and timers the run has asked for. */
  #order = 0;
  #wakeAt: number | undefined;
  /** Comes before the end of a wait's time, by the path of the wait: who has answered by then is heard first. */
  lastCall: (path: string) => Promise<void> = async () => {};
  /** The last owner died, and what it had begun may have been done. */
  #followsDead: boolean;

  constructor(owned: OwnedRun, clock: Clock, stays: boolean, watcher: Watcher, { rerun }: Begun) {
    this.#time = new RunTime(rerun?.since ?? owned.run.createdAt, clock);
    this.#timers = new Timers(clock, this.#time);
    this.#scribe = new Scribe(owned, this.#time, watcher);
    this.#chance = new Chance(rerun?.seed ?? owned.run.id);
    this.#stays = stays;
    this.#followsDead = owned.abandoned && owned.run.records > 0;
  }

  /** Whether what happens now is new. */
  get live(): boolean {
    return this.#live;
  }

  /** While it replays, or takes in what others have said, nobody may conclude that nothing more will come. */
  get stays(): boolean {
    return this.#stays || !this.#live || this.#hearing > 0 || this.#holds > 0;
  }

  /** Whether a call that was begun here can still reach the run. */
  get busy(): boolean {
    return this.#calls.busy;
  }

  /** When the run that has been suspended is due, as wall time; undefined where only an answer ends its waits. */
  get wakeAt(): number | undefined {
    return this.#wakeAt;
  }

  call(call: Call): boolean {
    const key = this.#calls.add(call, this.#order++);
    if (this.#begins) this.#start(key, call);
    return false;
  }

  timer(ms: number, fire: () => void, timer: TimerName): () => void {
    const name = this.#timers.add(ms, fire, timer, this.#order++);
    if (this.#begins) this.#timers.arm(name, this.#due);
    return this.#timers.stopper(name, () => !this.#live);
  }

  now(): number {
    return this.#time.now;
  }

  date(): number {
    return this.#time.wall(this.#time.now);
  }

  decide({ op, place, attempt }: NonNullable<TimerName["at"]>, ask: () => boolean): boolean {
    try {
      return this.decisions.decide(`${pathOf(place, op)}|${op.role}|${attempt}`, ask);
    } finally {
      if (this.#live) this.#scribe.note(this.decisions.unwritten());
    }
  }

  random(): number {
    return this.#chance.next();
  }

  tick(): number {
    return this.#time.tick;
  }

  suspends(): boolean {
    const due = this.#timers.nextDue;
    if (due <= this.#time.elapsed) return false;
    this.#wakeAt = Number.isFinite(due) ? Math.ceil(this.#time.wall(due)) : undefined;
    return true;
  }

  waits(wait: Wait, now: WaitState): void {
    const entry = this.#waits.change(wait, now);
    if (this.#live && entry !== undefined) this.#scribe.note([entry]);
  }

  yield(resume: () => void): void {
    // Every entry is waited for, which lets the rest of the process have its turn; within one, time stands still.
    resume();
  }

  /** Hands the scheduler what a record says. False where nobody has asked for it: the plan is another one. */
  replay(entry: Entry, apply: (entry: Entry) => void): boolean {
    this.#time.set(entry);
    switch (entry.type) {
      case "started":
        if (this.#attempts.has(entry.key)) this.#lost(this.#calls.get(entry.key));
        this.#attempts.begun(entry.key);
        return this.#calls.get(entry.key) !== undefined;
      case "settled": {
        const call = this.#calls.get(entry.key);
        const settled = call && recalled(call, entry);
        if (call === undefined || settled === undefined) return false;
        this.#deliver(call, settled);
        return true;
      }
      case "fired":
        return this.#timers.replay(entry.timer);
      default:
        this.#waits.replay(entry);
        apply(entry);
        return true;
    }
  }

  /** The records are used up: from here on, things happen. */
  goLive(isNew: boolean): void {
    if (this.#scribe.over) return;
    this.#time.goLive(isNew);
    this.#live = true;
    this.#timers.goLive();
    this.#scribe.note([...this.decisions.unwritten(), ...this.#waits.untold()]);
    this.#calls.forgetAbandoned();
    this.#wake();
  }

  /** Messages are taken in until `hear` is done. */
  async whileHearing(hear: () => Promise<void>): Promise<void> {
    this.#hearing++;
    await hear().finally(() => this.#hearing--);
  }

  /** Writes an entry of somebody outside, and hands it to the run. */
  async tell(entry: Entry, change: RunChange | undefined, apply: () => void): Promise<void> {
    const text = "value" in entry && entry.type === "cancelled" ? writeThrown(entry) : write(entry);
    if (text.isOk()) await this.#scribe.append(text.value, entry, apply, change);
  }

  /** A message is used up that the run need not hear of. */
  uses(message: number): void {
    this.#scribe.note([], { seen: message });
  }

  /** The moment for a new entry. */
  moment(): { readonly at: number; readonly tick: number } {
    return this.#time.moment;
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
    this.#scribe.leaving = leaving;
    // No record stands for this moment, from which the grace counts.
    if (this.#live) this.#time.catchUp();
  }

  /** Nothing more is written, nor called back. */
  close(): void {
    this.#scribe.over = true;
    this.#timers.close();
  }

  get #begins(): boolean {
    return this.#live && this.#holds === 0;
  }

  /** Begins whatever may begin, in the order in which it was asked for: of what ends at one moment, the same comes first as ever. */
  #wake(): void {
    if (!this.#begins || this.#scribe.over) return;
    const calls = this.#calls.ready;
    const ready = [...this.#timers.ready, ...(this.#followsDead ? [] : calls)].sort((a, b) => a.order - b.order);
    for (const next of ready) {
      // A call may cancel the run, and then nothing begins.
      if (!this.#begins) break;
      if ("call" in next) this.#start(next.key, next.call);
      else this.#timers.arm(next.timer, this.#due);
    }
    if (this.#followsDead) this.#again(calls);
    this.#followsDead = false;
  }

  readonly #due = (timer: string, fire: () => void) => {
    const wait = waitOf(timer);
    if (wait === undefined) return this.#fired(timer, fire);
    void this.whileHearing(() => this.lastCall(wait)).then(() => {
      if (this.#timers.has(timer)) this.#fired(timer, fire);
    });
  };

  #fired(timer: string, fire: () => void): void {
    const entry: Entry = { type: "fired", timer, ...this.#time.moment };
    void this.#scribe.append(write(entry)._unsafeUnwrap(), entry, fire);
  }

  /**
   * Begins anew what was under way when the last owner died. It may have died before it could write that it had begun, so
   * that is written first, and what this owner begins too: whatever happens, no attempt is ever made under a number of before.
   */
  #again(begun: readonly Ready[]): void {
    for (const { key } of begun) this.#calls.begin(key);
    const untold = begun.filter(({ key }) => !this.#attempts.has(key));
    for (const { key } of untold) this.#attempts.begun(key);
    const entries = [...untold, ...begun].map(({ key }): Entry => ({ type: "started", key }));
    if (entries.length === 0) return;
    void this.#scribe.before(entries, () => {
      for (const { key, call } of begun) if (!call.abandoned) this.#call(key, call);
    });
  }

  #start(key: string, call: Call): void {
    const fiber = Context.fiberOf(call.context as Context);
    if (fiber.group.aborting && !this.#attempts.has(key)) return this.#settle(key, call, "thrown", reasonOf(call));
    this.#scribe.note([{ type: "started", key }]);
    this.#call(key, call);
  }

  #call(key: string, call: Call): void {
    const again = this.#attempts.has(key);
    const lost = this.#attempts.begins(key);
    if (again && this.#lost(call)) return;
    if (lost > 0) Context.again(call.context as Context, lost);
    this.#calls.begin(key);
    callLeaf(call, (how, value) => this.#settle(key, call, how, value));
  }

  /** An attempt was under way when its owner was lost. True where it cannot be made again, since what it took is counted. */
  #lost(call: Call | undefined): boolean {
    const { op, fiber } = call ?? {};
    if (call?.abandoned !== false || fiber === undefined || op?.spends?.lost(fiber.run, fiber, op) !== true) return false;
    fiber.run.look();
    return true;
  }

  #settle(key: string, call: Call, how: How, value: unknown): void {
    if (call.abandoned || this.#scribe.over) return;
    const settled = settledEntry(key, call, how, value, this.#time.moment);
    // What a step makes of an abort may be half a result; one that cannot know of it is done.
    if (this.#scribe.leaving === "unaware" && (how !== "value" || settled.listened === true)) return this.#deliver(call, settled);
    const { text, entry } = written(settled);
    void this.#scribe.append(text, entry, () => this.#deliver(call, entry));
  }

  #deliver(call: Call, settled: Settled): void {
    this.#calls.end(settled.key);
    this.#attempts.ended(settled.key);
    if (!call.abandoned) handOn(call, settled);
  }
}

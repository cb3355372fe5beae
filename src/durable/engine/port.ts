import type { Call } from "../../execute/port/call.ts";
import type { Port, TimerName, WaitState } from "../../execute/port/port.ts";
import type { Wait } from "../../execute/schedule/waits.ts";
import { type Place, pathOf } from "../../execute/trace/place.ts";
import type { Op } from "../../execute/values/op.ts";
import type { OwnedRun, RunChange } from "../../journal/journal.ts";
import type { Merge } from "../../plan/node.ts";
import type { Clock } from "../../types/options.ts";
import type { Suspension } from "../records/ending.ts";
import { type Begun, type Entry, write, writeThrown } from "../records/record.ts";
import { Chance } from "./chance.ts";
import { Decisions } from "./decisions.ts";
import { recordedMerges } from "./merges.ts";
import { OpenCalls } from "./open-calls.ts";
import { Performer } from "./performer.ts";
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
  readonly #calls = new OpenCalls();
  readonly #performer: Performer;
  readonly #stays: boolean;
  #live = false;
  #hearing = 0;
  /** How many want no call to begin: see `hold`. */
  #holds = 0;
  /** How many calls and timers the run has asked for. */
  #order = 0;
  #suspension: Suspension | undefined;
  /** Comes before the end of a wait's time, by the path of the wait: who has answered by then is heard first. */
  lastCall: (path: string) => Promise<void> = async () => {};
  /** The last owner died, and what it had begun may have been done. */
  #followsDead: boolean;

  constructor(owned: OwnedRun, clock: Clock, stays: boolean, watcher: Watcher, { rerun }: Begun) {
    this.#time = new RunTime(rerun?.since ?? owned.run.createdAt, clock);
    this.#timers = new Timers(clock, this.#time);
    this.#scribe = new Scribe(owned, this.#time, watcher);
    this.#performer = new Performer(this.#calls, this.#scribe, this.#time);
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

  /** What there is to say of the run's waits, once it has been suspended. */
  get suspension(): Suspension | undefined {
    return this.#suspension;
  }

  call(call: Call): boolean {
    const key = this.#calls.add(call, this.#order++);
    if (this.#begins) this.#performer.start(key, call);
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

  merges(merges: ReadonlyMap<string, Merge>, op: Op, { place, attempt }: { readonly place: Place; readonly attempt: number }) {
    return recordedMerges(`${pathOf(place, op)}|merge|${attempt}`, merges, this.decisions, () => {
      if (this.#live) this.#scribe.note(this.decisions.unwritten());
    });
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
    const wall = (ms: number) => Math.ceil(this.#time.wall(ms));
    const expiries = new Map([...this.#timers.waitsDue].map(([path, ms]) => [path, wall(ms)]));
    this.#suspension = { wakeAt: Number.isFinite(due) ? wall(due) : undefined, expiries };
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
        return this.#performer.replayStarted(entry.key);
      case "settled":
        return this.#performer.replaySettled(entry);
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
      if ("call" in next) this.#performer.start(next.key, next.call);
      else this.#timers.arm(next.timer, this.#due);
    }
    if (this.#followsDead) this.#performer.again(calls);
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
}

import type { Call } from "../../execute/port/call.ts";
import { Context } from "../../execute/port/context.ts";
import { handOn, reasonOf, recalled, type Settled, settledEntry, written } from "../records/outcome.ts";
import type { Entry, How } from "../records/record.ts";
import { ThrownHere } from "../records/thrown-here.ts";
import { Attempts } from "./attempts.ts";
import { callLeaf } from "./leaf.ts";
import type { OpenCalls, Ready } from "./open-calls.ts";
import type { RunTime } from "./run-time.ts";
import type { Scribe } from "./scribe.ts";

/** Makes the calls that a run asks for, each under the number of its attempt, and lets what they came to reach the run. */
export class Performer {
  readonly #calls: OpenCalls;
  readonly #scribe: Scribe;
  readonly #time: RunTime;
  readonly #attempts = new Attempts();
  readonly #thrown = new ThrownHere();

  constructor(calls: OpenCalls, scribe: Scribe, time: RunTime) {
    this.#calls = calls;
    this.#scribe = scribe;
    this.#time = time;
  }

  /**
   * Begins anew what was under way when the last owner died. It may have died before it could write that it had begun, so
   * that is written first, and what this owner begins too: whatever happens, no attempt is ever made under a number of before.
   */
  again(ready: readonly Ready[]): void {
    for (const { key } of ready) this.#calls.begin(key);
    // It would be begun only to be stopped, which no process may live to see.
    const isFutile = ({ key, call }: Ready) => this.#attempts.isDeadly(key) && isAborting(call);
    for (const { key, call } of ready.filter(isFutile)) this.#settle(key, call, "thrown", reasonOf(call));
    const begun = ready.filter((one) => !isFutile(one));
    const untold = begun.filter(({ key }) => !this.#attempts.has(key));
    for (const { key } of untold) this.#attempts.begun(key);
    const entries = [...untold, ...begun].map(({ key }): Entry => ({ type: "started", key }));
    if (entries.length === 0) return;
    void this.#scribe.before(entries, () => {
      for (const { key, call } of begun) if (!call.abandoned) this.#call(key, call);
    });
  }

  /** Begins a call, and writes down that it has begun. */
  start(key: string, call: Call): void {
    if (isAborting(call) && !this.#attempts.has(key)) {
      // Settled once: it is asked for again until its record is stored.
      this.#calls.begin(key);
      return this.#settle(key, call, "thrown", reasonOf(call));
    }
    this.#scribe.note([{ type: "started", key }]);
    this.#call(key, call);
  }

  #call(key: string, call: Call): void {
    const again = this.#attempts.has(key);
    const lost = this.#attempts.begins(key);
    if (again && this.#lost(call)) return;
    if (lost > 0) Context.again(call.context as Context, lost);
    this.#calls.begin(key);
    // Its time limit counts from here, as its timer does.
    call.startedAt = this.#time.elapsed;
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
    const { text, entry } = written(settled, this.#thrown);
    void this.#scribe.append(text, entry, () => this.#deliver(call, entry));
  }

  /** It was begun, as a record says. False where nobody has asked for it. */
  replayStarted(key: string): boolean {
    if (this.#attempts.has(key)) this.#lost(this.#calls.get(key));
    this.#attempts.begun(key);
    return this.#calls.get(key) !== undefined;
  }

  /** It came to this, as a record says. False where nobody has asked for it, or where it cannot have come to that. */
  replaySettled(entry: Settled): boolean {
    const call = this.#calls.get(entry.key);
    const settled = call && recalled(call, entry);
    if (call === undefined || settled === undefined) return false;
    this.#deliver(call, settled);
    return true;
  }

  #deliver(call: Call, settled: Settled): void {
    this.#calls.end(settled.key);
    this.#attempts.ended(settled.key);
    if (!call.abandoned) handOn(call, settled);
  }
}

function isAborting({ context }: Call): boolean {
  return Context.fiberOf(context as Context).group.aborting;
}

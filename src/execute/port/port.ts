import type { Merge } from "../../plan/node.ts";
import type { Wait } from "../schedule/waits.ts";
import type { Place } from "../trace/place.ts";
import type { Op } from "../values/op.ts";
import type { Call } from "./call.ts";

/** What a timer is for, and where. */
export interface TimerName {
  readonly purpose: "run" | "attempt" | "grace" | "pause" | "group" | "abort" | "sleep" | "wait";
  /** Undefined for those of the run as a whole. */
  readonly at: { readonly op: Op; readonly place: Place; readonly attempt: number } | undefined;
}

export type WaitState = "open" | "answered" | "over";

/**
 * What an engine has to offer; everything else about running a plan belongs to the scheduler, which is the same for all.
 *
 * The scheduler asks, and the engine answers through one door: `Scheduler.settled(call)` for calls that did not settle at
 * once, and a timer's `fire`. An engine that must have a single await point (a journal in replay, a workflow server) puts
 * it behind that door: `for (;;) scheduler.settled(await next())`. In process there is none, which saves a promise a step.
 */
export interface Port {
  /** Whether the run stays for answers, instead of ending as suspended when there is nothing else to do. */
  readonly stays: boolean;
  /** Performs one attempt of one leaf. True where it settled at once, with its outcome on the call. */
  call(call: Call): boolean;
  /** Calls back once after `ms`; returns what cancels it. `name` tells it from all others that are set at the same time. */
  timer(ms: number, fire: () => void, name: TimerName): () => void;
  /** Monotonic ms. */
  now(): number;
  /** Wall time, in ms since 1970. */
  date(): number;
  /**
   * What a function of the user's says that is asked between two steps: what `ask` gives, or throws. An engine that plays a
   * run again has it say the same again.
   */
  decide(at: NonNullable<TimerName["at"]>, ask: () => boolean): boolean;
  /** A state's merges for one join: for an engine that plays a run again, and has what they gave. */
  merges?(
    merges: ReadonlyMap<string, Merge>,
    op: Op,
    at: Pick<NonNullable<TimerName["at"]>, "place" | "attempt">,
  ): ReadonlyMap<string, Merge>;
  /** A number in [0, 1). */
  random(): number;
  /** The same number for all that happens at once: failures of one tick are ordered by declaration. */
  tick(): number;
  /** Nothing can go on before an answer comes, and the run is about to end as suspended. False where something is due by now. */
  suspends?(): boolean;
  /** A wait has begun, has its answer, or is over without one: for an engine by which others come to know of it. */
  waits?(wait: Wait, now: WaitState): void;
  /** Lets the rest of the process have its turn, then calls back. */
  yield(resume: () => void): void;
}

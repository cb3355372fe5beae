import type { Journal } from "../../journal/journal.ts";
import { BuildError, Shown } from "../../plan/build-error.ts";
import { checkOptions, readChoice, readConcurrency, readTimeout } from "../../plan/limits.ts";
import type { Definition } from "../../plan/node.ts";
import { checkState } from "../../plan/state.ts";
import type { Listener } from "../../types/event.ts";
import type { Budget, Clock, Price, RunOptions } from "../../types/options.ts";
import type { Tape } from "../../types/tape.ts";
import { readBudget, readPrices } from "../budget/read-budget.ts";
import { systemClock } from "../port/clock.ts";

/** What the scheduler goes by. */
export interface Settings {
  readonly concurrency: number;
  readonly grace: number;
  readonly timeout: number | undefined;
  readonly tape?: Tape | undefined;
  readonly budget?: Budget | undefined;
  /** By the name of a model. */
  readonly prices?: ReadonlyMap<string, Price> | undefined;
}

export interface RunSettings extends Settings {
  readonly runId: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly state: object | undefined;
  readonly listeners: readonly Listener[];
  readonly traceAll: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly tape: Tape | undefined;
  readonly journal: Journal | undefined;
  readonly drain: AbortSignal | undefined;
}

const known = [
  "signal",
  "state",
  "timeout",
  "concurrency",
  "grace",
  "budget",
  "prices",
  "runId",
  "observe",
  "trace",
  "clock",
  "random",
  "mock",
  "tape",
  "journal",
  "drain",
] as const;
const defaultConcurrency = 16;
const defaultGrace = 1_000;
const longestId = 200;

const defaults: RunSettings = Object.freeze({
  runId: undefined,
  concurrency: defaultConcurrency,
  grace: defaultGrace,
  timeout: undefined,
  budget: undefined,
  prices: undefined,
  signal: undefined,
  state: undefined,
  listeners: Object.freeze([]) as readonly Listener[],
  traceAll: false,
  clock: systemClock,
  random: Math.random,
  tape: undefined,
  journal: undefined,
  drain: undefined,
});

/** Checks the options of a run and fills in the defaults. Throws a `BuildError` for what is wrong with them. */
export function readSettings(options: RunOptions | undefined, definition: Definition): RunSettings {
  if (options === undefined) return defaults;
  const given = checkOptions(options, known, undefined, "the run's options");
  const { signal, timeout, concurrency, grace, budget, prices, runId, observe, trace, clock, random, tape, journal, drain, state } =
    given as RunOptions;
  checkSignal("signal", signal);
  checkSignal("drain", drain);
  if (drain !== undefined && journal === undefined)
    throw new BuildError('the run option "drain" to come with a journal', new Shown("none"), {
      advice: 'give one to go on from later, or end the run with "signal"',
    });
  if (grace !== undefined && !(typeof grace === "number" && grace >= 0))
    throw new BuildError('the run option "grace" to be ms from 0 up', grace);
  if (tape !== undefined && typeof tape?.play !== "function")
    throw new BuildError('the run option "tape" to have play()', tape, { advice: "make one with cassette() of heddle/testing" });
  if (journal !== undefined && typeof journal?.claim !== "function")
    throw new BuildError('the run option "journal" to be a journal', journal, { advice: "make one with sqliteJournal() of heddle/sqlite" });
  if (random !== undefined && typeof random !== "function") throw new BuildError('the run option "random" to be a function', random);
  return {
    concurrency: readConcurrency(concurrency, undefined, defaultConcurrency),
    grace: grace ?? defaultGrace,
    timeout: readTimeout(timeout, undefined),
    budget: budget === undefined ? undefined : readBudget(budget, prices),
    prices: prices === undefined ? undefined : readPrices(prices),
    runId: runId === undefined ? undefined : readRunId(runId),
    signal,
    state: state === undefined ? undefined : checkState(state, definition),
    listeners: observe === undefined ? defaults.listeners : readListeners(observe),
    traceAll: trace !== undefined && readChoice(trace, 'the run option "trace"', undefined, ["auto", "all"]) === "all",
    clock: clock === undefined ? systemClock : readClock(clock),
    random: random ?? Math.random,
    tape,
    journal,
    drain,
  };
}

function readRunId(runId: unknown): string {
  if (typeof runId !== "string" || runId === "" || runId.length > longestId || !runId.isWellFormed()) {
    throw new BuildError(`the run option "runId" to be well-formed text of 1 to ${longestId} characters`, runId);
  }
  return runId;
}

function readListeners(observe: unknown): readonly Listener[] {
  const listeners = Array.isArray(observe) ? [...observe] : [observe];
  for (const listener of listeners)
    if (typeof listener !== "function")
      throw new BuildError('the run option "observe" to be a function or an array of functions', listener);
  return listeners;
}

function readClock(clock: unknown): Clock {
  const missing = ["now", "date", "timer"].find((method) => typeof (clock as Record<string, unknown> | null)?.[method] !== "function");
  if (missing !== undefined)
    throw new BuildError('the run option "clock" to have now(), date() and timer()', new Shown(`one without ${missing}()`));
  return clock as Clock;
}

function checkSignal(name: string, value: unknown): void {
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>;
  if (value !== undefined && (typeof aborted !== "boolean" || typeof addEventListener !== "function"))
    throw new BuildError(`the run option "${name}" to be an AbortSignal`, value);
}

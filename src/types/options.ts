import type { Journal } from "../journal/journal.ts";
import type { Listener } from "./event.ts";
import type { StepFailure } from "./failure.ts";
import type { Mocks } from "./mock.ts";
import type { Tape } from "./tape.ts";

/**
 * When and how often to try again. The pause before attempt n+1 is `min(cap, initial * factor^(n-1))`, and with full
 * jitter a random part of it (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export interface RetryPolicy {
  /** How many more attempts after the first: a whole number from 0 up. */
  readonly max: number;
  /** The first pause in ms; 500 unless told. */
  readonly initial?: number;
  /** At least 1; 2 unless told. */
  readonly factor?: number;
  /** The longest pause in ms; 30,000 unless told. */
  readonly cap?: number;
  /** Whether a pause is a random part of that: "full" unless told. */
  readonly jitter?: "full" | "none";
  /** Whether this failure is worth another attempt; every failure is unless told. */
  readonly when?: (failure: StepFailure<unknown>) => boolean;
}

/** What bounds one step. */
export interface StepOptions {
  /** Ms that one attempt may take. */
  readonly timeout?: number;
  /** How many more attempts after the first, or a policy. 0 unless told. */
  readonly retries?: number | RetryPolicy;
}

/** Options of one step that runs a function or an executable value. */
export interface CallOptions<Output, Ctx> extends StepOptions {
  /** Takes back what the step did, once the run has failed for good: called with its output and its context. */
  readonly undo?: Undo<Output, Ctx>;
}

/** Options of a catch; `timeout` and `retries` are the handler's. */
export interface CatchOptions extends StepOptions {
  /** Whether the steps that completed before the failure are undone; they are not unless told. */
  readonly undo?: boolean;
}

/** Options of a loop; `timeout` and `retries` are those of `until`. */
export interface LoopOptions<Ctx, Limit> extends StepOptions {
  /** Whether to stop, asked after each turn. */
  readonly until: (ctx: Ctx) => boolean | PromiseLike<boolean>;
  /** How many turns at most, from 1 up; 3 unless told. */
  readonly max?: number;
  /** What happens at `max`: "continue" with the last output, unless told "fail". */
  readonly onLimit?: Limit;
}

/** Options of a wait. */
export interface WaitOptions<Ctx> {
  /** Ms to wait for the answer; without it, as long as it takes. */
  readonly timeout?: number;
  /** What whoever answers gets to see, such as the draft to approve. */
  readonly show?: (ctx: Ctx) => unknown;
}

/**
 * How concurrent writes to one key of the state become one value: called once per arm that wrote the key, in declared
 * order, with what is joined so far (at first the base), the arm's value, and the value before the group.
 */
export type Merges<State> = {
  readonly [Key in keyof State]?: (joined: State[Key], arm: State[Key], base: State[Key]) => State[Key];
};

/** Takes back what a step did, once the run has failed for good: called with the step's output and its context. */
export type Undo<Output, Ctx> = UndoFunction<Output, Ctx> | UndoWithOptions<Output, Ctx>;
type UndoFunction<Output, Ctx> = (output: Output, ctx: Ctx) => unknown;
interface UndoWithOptions<Output, Ctx> {
  readonly run: UndoFunction<Output, Ctx>;
  /** Ms that one attempt may take; 30,000 unless told. */
  readonly timeout?: number;
  readonly retries?: number | RetryPolicy;
}

/** What bounds a group, or a map, as a whole. */
export interface GroupOptions {
  /** Ms that the whole group may take. */
  readonly timeout?: number;
  /** How many arms may be under way at once, from 1 up; bounded by the run's own `concurrency` in any case. */
  readonly concurrency?: number;
}

/** Time as the executor sees it; give your own in tests. */
export interface Clock {
  /** Monotonic ms, from any origin. */
  now(): number;
  /** Wall time, in ms since 1970. */
  date(): number;
  /** Calls back once after `ms`, which may be longer than Node's own timer limit; returns what cancels it. */
  timer(ms: number, fire: () => void): () => void;
}

/**
 * The most that a whole run may spend on models, whatever is nested in it. Every request reserves before it is made:
 * one model call, a quarter of a token for each byte it sends, and the agent's `maxOutputTokens` (4096 unless told). Its
 * reply's usage settles that. A request that fits but for what others have reserved waits for them; one that cannot fit
 * is never made, and the run fails with `budget_exceeded`. Once a reply has taken more than it had reserved, the others of
 * its model are expected to, so that a run passes its budget by what one reply takes beyond its reservation.
 *
 * ```ts
 * await plan.run(input, { budget: { tokens: 200_000, modelCalls: 100 } });
 * ```
 */
export interface Budget {
  /** Input and output tokens. */
  readonly tokens?: number;
  /** In the currency of the run option `prices`, which has to know every model that is called. */
  readonly cost?: number;
  /** Requests to models, those that fail and are tried again included. */
  readonly modelCalls?: number;
}

/** What a model costs, for a million tokens, in any currency. */
export interface Price {
  /** Input, for a million tokens. */
  readonly input: number;
  /** Input that the provider served from its cache; like other input unless told. */
  readonly cachedInput?: number;
  /** Reasoning is part of it. */
  readonly output: number;
}

/**
 * How a run goes. A durable run is begun with its `state`, `timeout`, `concurrency`, `grace`, `budget` and `prices`, which its
 * journal keeps: where it goes on they count, whatever is given there. All other options are those of the process that goes
 * on with it. `State` is the workflow's state, if it declares one, `Steps` what its steps publish. */
export interface RunOptions<State = object, Steps = object> {
  /** Cancels the run. */
  readonly signal?: AbortSignal;
  /** Replaces keys of the initial state. */
  readonly state?: Partial<State>;
  /** Ms that the whole run may take. */
  readonly timeout?: number;
  /** How many calls may be under way at once in the whole run, nested workflows included; 16 unless told. */
  readonly concurrency?: number;
  /** Ms that aborted steps get to clean up before the run goes on without them; 1000 unless told. */
  readonly grace?: number;
  /**
   * The most that all its agents together may spend. In a durable run what was spent before counts after a resume, and a
   * request that was under way when its process was lost counts as all that it had reserved: it may have been paid for.
   */
  readonly budget?: Budget;
  /** What models cost, by their names, as in `{ "gpt-4o": { input: 2.5, cachedInput: 1.25, output: 10 } }`: usage then has a `cost`. */
  readonly prices?: { readonly [model: string]: Price };
  /** What the run goes by; a new one unless told. With a journal, a run of this id that is there already goes on. */
  readonly runId?: string;
  /** Keeps the run, so that it survives this process: see `sqliteJournal` of `heddle/sqlite`. */
  readonly journal?: Journal;
  /**
   * Stops the run here, to go on with later, as when a process is asked to end: what runs gets its signal and up to `grace`,
   * nothing is undone, and the run ends as `interrupted`. Whoever resumes it makes the attempts again that were under way
   * (under their old keys, `attempt` one higher), but for those that ended well without ever having asked for their signal.
   * Only for runs with a `journal`. `drainSignal()` of `heddle/server` makes one from SIGTERM and SIGINT.
   */
  readonly drain?: AbortSignal;
  /** Told everything that happens, in order. */
  readonly observe?: Listener | readonly Listener[];
  /** "auto" keeps the first 1,000 executions under one map or loop (the outermost), and every failure; "all" keeps everything. */
  readonly trace?: "auto" | "all";
  /** Time for tests; the machine's unless told. */
  readonly clock?: Clock;
  /** Numbers in [0, 1) for jitter. A durable run has its own, which every process draws alike. */
  readonly random?: () => number;
  /** Outputs, or functions that give them, which stand in for steps: for tests. What is recorded already stands. */
  readonly mock?: Mocks<Steps>;
  /**
   * Records what agents ask of models and tools, or answers in their place: `cassette()` of heddle/testing. What a durable
   * run has recorded is asked of nobody, and so not of the tape.
   */
  readonly tape?: Tape;
}

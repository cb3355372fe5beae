import { frozenCopy } from "../../plan/frozen.ts";
import { show } from "../../plan/show.ts";
import type { AnyFailure } from "../../types/failure.ts";
import type { Fiber } from "../schedule/fiber.ts";
import type { Scope } from "../schedule/scope.ts";
import { idempotencyKeyOf, type Place, pathOf } from "../trace/place.ts";
import { type Frame, stepsAt } from "../values/frame.ts";
import type { Op } from "../values/op.ts";
import type { Branch, State } from "../values/state.ts";

/** What few attempts have or ask for. */
interface Asked {
  /** The attempt's own, where it has a time limit. */
  readonly scope?: Scope;
  steps?: object;
  patch?: State | undefined;
  set?: (patch: object) => void;
  listens?: boolean;
}

/**
 * What user code is handed, one for each attempt. A class with getters, so that a step pays only for what it reads:
 * `steps`, `signal` and the keys are made on demand. The getters survive destructuring; spreading them does not.
 */
export class Context {
  readonly #fiber: Fiber;
  readonly #op: Op;
  readonly #place: Place;
  readonly #frame: Frame;
  readonly #state: Branch;
  readonly #last: unknown;
  #attempt: number;
  #settled = false;
  #asked: Asked | undefined;

  constructor(fiber: Fiber, op: Op, scope: Scope | undefined) {
    this.#fiber = fiber;
    this.#op = op;
    this.#place = fiber.place;
    this.#frame = fiber.frame;
    this.#state = fiber.state;
    this.#last = fiber.last;
    this.#attempt = fiber.attempt;
    if (scope !== undefined) this.#asked = { scope };
  }

  get input(): unknown {
    return this.#frame.input;
  }

  get last(): unknown {
    return this.#last;
  }

  get steps(): object {
    const asked = this.#more;
    asked.steps ??= stepsAt(this.#frame, this.#op);
    return asked.steps;
  }

  /** The state at the start of the step, with what this attempt has set since. */
  get state(): State {
    const { values } = this.#state;
    const patch = this.#asked?.patch;
    return patch === undefined ? values : Object.freeze({ ...values, ...patch });
  }

  /** Usable apart from the context, as in `({ set }) => set({ hits: 1 })`. */
  get set(): (patch: object) => void {
    const asked = this.#more;
    asked.set ??= (patch) => this.#write(patch);
    return asked.set;
  }

  get signal(): AbortSignal {
    const asked = this.#more;
    asked.listens = true;
    return (asked.scope ?? this.#fiber.group.scope).signal;
  }

  get attempt(): number {
    return this.#attempt;
  }

  get idempotencyKey(): string {
    return idempotencyKeyOf(this.#fiber.run.id, this.#place, this.#op);
  }

  get runId(): string {
    return this.#fiber.run.id;
  }

  get iteration(): number | undefined {
    return this.#place.iteration === 0 ? undefined : this.#place.iteration;
  }

  get index(): number | undefined {
    return this.#place.index === -1 ? undefined : this.#place.index;
  }

  get failure(): AnyFailure | undefined {
    return this.#fiber.caught;
  }

  get path(): string {
    return pathOf(this.#place, this.#op);
  }

  /** Read as a plain object by `console.log`. */
  [Symbol.for("nodejs.util.inspect.custom")](): object {
    const { input, last, steps, state, attempt, idempotencyKey, runId, iteration, index } = this;
    return {
      input,
      last,
      steps,
      state,
      attempt,
      idempotencyKey,
      runId,
      ...(iteration === undefined ? {} : { iteration }),
      ...(index === undefined ? {} : { index }),
    };
  }

  get #more(): Asked {
    this.#asked ??= {};
    return this.#asked;
  }

  #write(patch: object): void {
    const where = `step ${show(this.#op.id)}`;
    if (this.#settled)
      throw new TypeError(
        `Expected set() of ${where} to be called while the step runs, got a call after its attempt had settled: what it wrote would be lost`,
      );
    if (this.#op.kind === "undo") throw new TypeError(`Expected no set() in "undo" of ${where}: the steps that the state was for are over`);
    if (typeof patch !== "object" || patch === null)
      throw new TypeError(`Expected set() of ${where} to be given an object, got ${show(patch)}`);
    if (!this.#frame.program.stateful)
      throw new TypeError(`Expected a workflow with a state, got set() in ${where}: declare one with .state(initial)`);
    // Spread, and not assigned to: a key called `__proto__` is data here.
    const asked = this.#more;
    asked.patch = { ...asked.patch, ...(frozenCopy({ ...patch }) as State) };
  }

  /** Ends the attempt: from here on, `set` throws. Hands back what was written. */
  static settle(context: Context): State | undefined {
    context.#settled = true;
    return context.#asked?.patch;
  }

  /** What an attempt wrote, as a journal has it. */
  static restore(context: Context, patch: unknown, listens: boolean): void {
    context.#more.patch = frozenCopy(patch) as State | undefined;
    context.#more.listens = listens;
  }

  /** The attempt is made again, since `times` owners of the run were lost while it was under way. */
  static again(context: Context, times: number): void {
    context.#attempt += times;
  }

  /** Whether the attempt asked for its signal, so that it may know of an abort. */
  static listens(context: Context): boolean {
    return context.#asked?.listens === true;
  }

  static fiberOf(context: Context): Fiber {
    return context.#fiber;
  }
}

/** What a `step()` value is given beside its input. */
export function toolsOf(context: Context): object {
  return new Tools(context);
}

class Tools {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get attempt(): number {
    return this.#context.attempt;
  }

  get idempotencyKey(): string {
    return this.#context.idempotencyKey;
  }

  get runId(): string {
    return this.#context.runId;
  }
}

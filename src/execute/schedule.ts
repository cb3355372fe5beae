import type { AnyFailure } from "../types/failure.ts";
import type { Budget as Limits, Price } from "../types/options.ts";
import type { Schema } from "../types/schema.ts";
import type { Tape } from "../types/tape.ts";
import { abandonGroup, abortGroup } from "./abort.ts";
import type { Budget } from "./budget.ts";
import { type Call, Permits } from "./call.ts";
import { endEarly, finishCall, settleCall, startCall, startSleep } from "./calls.ts";
import { cancelled, endReason, Failed, runTimedOut } from "./failure.ts";
import { Fiber, pending, stopped } from "./fiber.ts";
import { Frame } from "./frame.ts";
import { Group } from "./group.ts";
import { fork, offer, settleGroup, startArm, undoChain } from "./groups.ts";
import { Interpreter } from "./interpret.ts";
import { armCompleted, armFailed, failGroup, isSectioned } from "./join.ts";
import { GROUP, LAST_CALL, type Op, type Program, SLEEP, UNDO, WAIT } from "./op.ts";
import { Place } from "./place.ts";
import type { Port, TimerName } from "./port.ts";
import type { Progress } from "./progress.ts";
import { Queue } from "./queue.ts";
import type { Host } from "./routine.ts";
import { pulled } from "./sources.ts";
import type { State } from "./state.ts";
import { extra, perMs } from "./trace.ts";
import { onlyWaits, startWait, suspendedBy, takeAnswer, type Wait, Waits } from "./waits.ts";

/** How a run went: the value it ended with, or why it failed. */
export type Ended = { readonly value: unknown; readonly failure?: undefined } | { readonly failure: AnyFailure };

export interface Settings {
  readonly concurrency: number;
  readonly grace: number;
  readonly timeout: number | undefined;
  readonly tape?: Tape | undefined;
  readonly budget?: Limits | undefined;
  /** By the name of a model. */
  readonly prices?: ReadonlyMap<string, Price> | undefined;
}

/** What became of an answer. */
export type Taken = "taken" | "answered" | "no_such_wait" | "over";

/** Who is told how the run went, once. */
export interface Owner {
  ended(ended: Ended): void;
}

/** How long synchronous work may go on before the rest of the process has its turn. */
const slice = 20 * perMs;

/**
 * The one scheduler, shared by all engines. It owns fibers, groups, permits, retries, deadlines, aborts and grace, and
 * decides what happens next; what it decides, the port performs. It never awaits, and everything that is not
 * reproducible (time, chance, what user code came to) reaches it through the port.
 */
export class Scheduler {
  readonly port: Port;
  readonly progress: Progress;
  readonly settings: Settings;
  readonly root: Group;
  readonly frame: Frame;
  readonly permits: Permits;
  /** Made with the first call that spends something, where the run has a budget. */
  budget: Budget | undefined;
  #waits: Waits | undefined;
  /** It ends, but not for good: nothing is undone, and what is open stays so in the trace. */
  leaving = false;
  /** How many steps that can be undone have completed. */
  completions = 0;
  /** Failures to undo that have none to stand beside. */
  strays: AnyFailure[] | undefined;
  readonly owner: Owner;
  readonly deadline: number;
  readonly #ready = new Queue<Fiber>();
  /** Fibers whose operation waits for a permit. */
  readonly #waiting = new Queue<Fiber>();
  #queued = 0;
  /** Groups with arms to start; the one that began last goes first, so that what is under way is finished before more is begun. */
  readonly pending: Group[] = [];
  /** Also until the run is started: nothing moves before. */
  #draining = true;
  #yielding = false;
  #sliceStart: number;
  #cancelling: AnyFailure | undefined;
  /** Fibers to end, with what they came to. */
  readonly #ends = new Queue<{ readonly fiber: Fiber; readonly outcome: unknown }>();
  #ending = false;
  over = false;

  constructor(program: Program, input: unknown, state: State, port: Port, progress: Progress, settings: Settings, owner: Owner) {
    this.port = port;
    this.progress = progress;
    this.settings = settings;
    this.owner = owner;
    this.permits = new Permits(settings.concurrency, this);
    this.root = new Group(undefined, undefined, "once", 1, 1, undefined, undefined);
    this.frame = new Frame(program, undefined, input);
    this.#sliceStart = progress.ticks;
    this.deadline = progress.now + (settings.timeout ?? Number.POSITIVE_INFINITY);
    const { timeout } = settings;
    if (timeout !== undefined)
      this.root.stopTimer = port.timer(timeout, () => this.#fail(runTimedOut(timeout, undefined)), { purpose: "run", at: undefined });
    const fiber = new Fiber(this, this.root, 0, Place.root, this.frame, input, { values: state, written: undefined });
    fiber.operations = new Interpreter(fiber, 0);
    this.root.started = 1;
    this.root.link(fiber);
    this.wake(fiber);
  }

  get waits(): Waits {
    this.#waits ??= new Waits();
    return this.#waits;
  }

  get id(): string {
    return this.progress.runId;
  }

  start(): void {
    this.#draining = false;
    this.#drain();
  }

  /** Ends the run, from anywhere: also from inside a step or a listener. */
  cancel(reason: unknown): void {
    this.#fail(cancelled(reason));
  }

  /** Ends the run here, but not for good: another owner, or another time, goes on with it. */
  leave(failure: AnyFailure): void {
    if (this.over || this.root.aborting) return;
    this.leaving = true;
    this.#fail(failure);
  }

  /** Looks for what can go on, where something outside of the run has changed. */
  look(): void {
    this.#drain();
  }

  /** A call that did not settle at once has settled: the one door by which an engine answers. */
  settled(call: Call): void {
    const nested = this.#hear();
    if (call.pulls !== undefined) pulled(this, call, call.pulls);
    else {
      const { fiber } = call;
      if (fiber !== undefined && settleCall(this, call)) this.wake(fiber);
    }
    this.#draining = nested;
    this.#drain();
  }

  /** Nothing waits any more, nor will. */
  get ending(): boolean {
    return this.over || this.root.aborting || this.#cancelling !== undefined;
  }

  /** Answers a wait that was open when the answer was given. */
  answer(wait: Wait, answer: unknown): Taken {
    if (this.ending) return "over";
    if (!this.waits.holds(wait)) return this.waits.fate(wait.step, wait.path) as Taken;
    const nested = this.#hear();
    takeAnswer(this, wait, answer);
    this.#draining = nested;
    this.#drain();
    return "taken";
  }

  /** Keeps an answer for a wait that has not begun, or had not when it was given. */
  answerEarly(step: string, path: string | undefined, schema: Schema, answer: unknown): Taken {
    if (this.ending) return "over";
    const fate = this.waits.fate(step, path);
    if (path === undefined && fate === "answered") return fate;
    const wait = this.waits.find(step, path);
    // Not a tool's of the same name.
    if (wait?.op.schema === schema) return this.answer(wait, answer);
    if (fate !== undefined) return fate;
    if (path !== undefined) return "no_such_wait";
    this.waits.keep(step, answer);
    return "taken";
  }

  /** The fiber may go on. */
  wake(fiber: Fiber): void {
    this.#ready.push(fiber);
  }

  /** The run is to be cancelled at the next point at which everything is consistent. */
  get interrupted(): boolean {
    return this.#cancelling !== undefined;
  }

  /** An answer of the engine has come. Until it is dealt with nothing else moves, not even by a cancel from a listener. */
  #hear(): boolean {
    const nested = this.#draining;
    this.#draining = true;
    this.progress.reach(this.port.now());
    return nested;
  }

  /** A timer of the port, whose end is dealt with like an answer. */
  timer(ms: number, purpose: TimerName["purpose"], fiber: Fiber | undefined, op: Op | undefined, fire: () => void): () => void {
    const at = fiber === undefined || op === undefined ? undefined : { op, place: fiber.place, attempt: fiber.attempt };
    const heard = () => {
      const nested = this.#hear();
      fire();
      this.#draining = nested;
      this.#drain();
    };
    return this.port.timer(ms, heard, { purpose, at });
  }

  /** What an aborted fiber leaves behind is closed, and its group learns that it is over. */
  end(fiber: Fiber, outcome: unknown): void {
    if (fiber.done) return;
    fiber.done = true;
    const { group } = fiber;
    const failed = Failed.is(outcome) ? outcome : undefined;
    const completes = failed === undefined && outcome !== stopped;
    if (!completes) this.#closePlaces(fiber, failed?.failure);
    group.unlink(fiber);
    if (fiber.completed !== undefined) {
      group.did(fiber.index, fiber.completed);
      fiber.completed = undefined;
    }
    if (completes) {
      armCompleted(this, group, fiber, outcome);
      // A timed-out attempt may still hold on to its fiber; one that has completed does not.
      if (fiber.leaf !== undefined) group.spare = fiber;
    } else if (failed !== undefined) armFailed(this, group, fiber.index, failed);
    settleGroup(this, group);
    offer(this, group);
  }

  /** Ends the fiber that a group belonged to. Groups inside one another end one after the other, and not each in the call of the one within: they may be thousands. */
  endAround(fiber: Fiber, outcome: unknown): void {
    this.#ends.push({ fiber, outcome });
    if (this.#ending) return;
    this.#ending = true;
    for (let next = this.#ends.shift(); next !== undefined; next = this.#ends.shift()) this.end(next.fiber, next.outcome);
    this.#ending = false;
  }

  abort(group: Group, reason: unknown): void {
    group.decided ||= !group.aborting;
    abortGroup(this, group, reason);
    settleGroup(this, group);
    if (group.busy && group.stopGrace === undefined) {
      group.stopGrace = this.timer(this.settings.grace, "abort", group.fiber, group.op, () => abandonGroup(this, group));
    }
  }

  /** Books a failure to undo that has none to stand beside. */
  stray(failure: AnyFailure): void {
    this.strays ??= [];
    this.strays.push(failure);
  }

  host(fiber: Fiber, op: Op): Host {
    const { path, execution } = fiber.place;
    const note: Host["note"] = (tasks) => {
      if (execution !== undefined) extra(execution).tasks = tasks;
    };
    return { id: op.id, path, isSectioned, limits: { timeout: op.timeout, retry: op.retry }, built: op.leaf !== undefined, note };
  }

  /** Ends a fiber of an aborted group that waits for something; what it has come to already is kept. */
  stop(fiber: Fiber): void {
    fiber.stopTimer?.();
    fiber.stopTimer = undefined;
    this.#waits?.end(fiber);
    if (this.budget?.leave(this, fiber) === true || fiber.waitsForPermit) {
      if (fiber.waitsForPermit) this.#leaveQueue(fiber);
      // The attempt that it waited for has not begun.
      if (fiber.attempt > 1) fiber.attempt--;
    }
    const { inbox, op } = fiber;
    if (inbox === pending || Failed.is(inbox) || op === undefined) this.end(fiber, Failed.is(inbox) ? inbox : stopped);
    else endEarly(this, fiber, op, inbox);
  }

  #fail(failure: AnyFailure): void {
    if (this.over || this.#cancelling !== undefined || this.root.aborting) return;
    this.#cancelling = failure;
    this.progress.reach(this.port.now());
    this.#drain();
  }

  /** Runs whatever can run, without growing the stack, until everything waits. */
  #drain(): void {
    if (this.#draining || this.#yielding) return;
    this.#draining = true;
    for (;;) {
      if (this.#cancelling !== undefined) this.#applyCancel(this.#cancelling);
      if (this.#sliceOver() && !this.over) {
        this.#yieldToProcess();
        if (this.#yielding) break;
        continue;
      }
      const fiber = this.#ready.shift();
      if (fiber !== undefined) this.resume(fiber);
      else if (!this.#start()) {
        if (this.#waits === undefined || !this.#suspends(this.#waits)) break;
        this.leaving = true;
        this.#cancelling = suspendedBy(this);
      }
    }
    this.#draining = false;
  }

  /** Begins something that waits for a permit. False where nothing can. */
  #start(): boolean {
    if (this.#queued === 0 && this.pending.length === 0) return false;
    return this.permits.available && ((this.#queued > 0 && this.#admit()) || startArm(this));
  }

  #suspends(waits: Waits): boolean {
    return waits.size > 0 && !this.port.stays && !this.over && !this.root.aborting && onlyWaits(this) && this.port.suspends?.() !== false;
  }

  #yieldToProcess(): void {
    this.#yielding = true;
    this.port.yield(() => {
      this.#yielding = false;
      this.progress.reach(this.port.now());
      this.#sliceStart = this.progress.ticks;
      this.#drain();
    });
  }

  #applyCancel(failure: AnyFailure): void {
    this.#cancelling = undefined;
    if (this.root.aborting || this.over) return;
    failGroup(this, this.root, failure, failure.type === "cancelled" ? failure.reason : endReason(failure));
  }

  resume(fiber: Fiber): void {
    if (fiber.done) return;
    if (fiber.group.aborting) return this.stop(fiber);
    const { operations } = fiber;
    if (operations === undefined) return this.#resumeLeaf(fiber);
    for (;;) {
      const op = operations.next(fiber.inbox);
      if (op === undefined) return this.end(fiber, operations.outcome);
      if (!this.perform(fiber, op)) return;
      // Between two operations everything is consistent: the place to let a cancel or the rest of the process in.
      if (fiber.group.aborting || this.#cancelling !== undefined || this.#sliceOver()) return this.wake(fiber);
    }
  }

  #resumeLeaf(fiber: Fiber): void {
    if (fiber.op !== undefined || this.perform(fiber, fiber.leaf as Op)) this.end(fiber, fiber.inbox);
  }

  #sliceOver(): boolean {
    return this.progress.ticks - this.#sliceStart > slice;
  }

  /** True where the operation is over, and its outcome in the inbox; otherwise the fiber will be ready again when it is. */
  perform(fiber: Fiber, op: Op): boolean {
    fiber.op = op;
    fiber.inbox = pending;
    if (op.code > LAST_CALL) return this.#performOther(fiber, op);
    return op.spends === undefined || op.spends.admit(this, fiber, op) ? this.#call(fiber, op) : fiber.inbox !== pending;
  }

  #call(fiber: Fiber, op: Op): boolean {
    // Not past those who wait already: a few busy loops would keep the others out for ever.
    if (this.permits.available && this.#queued === 0) return startCall(this, fiber, op);
    this.queue(fiber);
    return false;
  }

  #performOther(fiber: Fiber, op: Op): boolean {
    switch (op.code) {
      case GROUP:
        return fork(this, fiber, op);
      case SLEEP:
        return startSleep(this, fiber, op);
      case WAIT:
        return startWait(this, fiber, op);
      case UNDO:
        return undoChain(this, fiber);
      default:
        throw new Error(`Expected an operation that takes an engine, got ${op.code}`);
    }
  }

  /** The fiber's call waits for a permit. */
  queue(fiber: Fiber): void {
    fiber.waitsForPermit = true;
    this.#queued++;
    this.#waiting.push(fiber);
  }

  /** What waits for the budget is under way too: a map must not begin a million items only to have them wait. */
  get crowded(): boolean {
    return this.budget !== undefined && this.budget.waiting >= this.settings.concurrency;
  }

  #admit(): boolean {
    let fiber = this.#waiting.shift();
    while (fiber !== undefined && !fiber.waitsForPermit) fiber = this.#waiting.shift();
    if (fiber === undefined) return false;
    this.#leaveQueue(fiber);
    if (startCall(this, fiber, fiber.op as Op)) this.wake(fiber);
    return true;
  }

  #leaveQueue(fiber: Fiber): void {
    fiber.waitsForPermit = false;
    this.#queued--;
  }

  #closePlaces(fiber: Fiber, failure: AnyFailure | undefined): void {
    if (this.leaving) return;
    const status = failure === undefined ? "cancelled" : "failed";
    finishCall(this, fiber, status, failure);
    for (let { place } = fiber; place !== fiber.base; place = place.parent as Place) this.progress.close(place, status, failure);
  }
}

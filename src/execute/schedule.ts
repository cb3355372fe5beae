import { show } from "../plan/show.ts";
import type { AnyFailure, StepFailure } from "../types/failure.ts";
import { abandonGroup, abortGroup } from "./abort.ts";
import { Call, Permits } from "./call.ts";
import { Context } from "./context.ts";
import { cancelled, Failed, invalidSelection, isEcho, isFinal, returned, runTimedOut, siblingReason, threw, timedOut, timeoutReason } from "./failure.ts";
import { Fiber, pending, stopped } from "./fiber.ts";
import { Frame } from "./frame.ts";
import { Group } from "./group.ts";
import { interpret } from "./interpret.ts";
import { armEnded, around, begin, failGroup, failureOf, isSectioned, keepOutputs, outcomeOf } from "./join.ts";
import { CALL, CATCH, GROUP, type Op, type Program, SLEEP, TAKE, UNDO } from "./op.ts";
import { Place } from "./place.ts";
import type { Port } from "./port.ts";
import type { Progress } from "./progress.ts";
import { Queue } from "./queue.ts";
import { pause } from "./retry.ts";
import type { Host } from "./routine.ts";
import { isThenable, whenSettled } from "./result.ts";
import { Scope } from "./scope.ts";
import type { Source } from "./source.ts";
import { patched, type State } from "./state.ts";
import { type Execution, extra } from "./trace.ts";
import { type Completed, remember, suppressIn, takeInside, takeLost, undoing } from "./undo.ts";

/** How a run went: the value it ended with, or why it failed. */
export type Ended = { readonly value: unknown; readonly failure?: undefined } | { readonly failure: AnyFailure };

export interface Settings {
  readonly concurrency: number;
  readonly grace: number;
  readonly timeout: number | undefined;
}

/** How long synchronous work may go on before the rest of the process has its turn, in ms. */
const slice = 20;

/**
 * The one scheduler, shared by all engines. It owns fibers, groups, permits, retries, deadlines, aborts and grace, and
 * decides what happens next; what it decides, the port performs. It never awaits, and everything that is not
 * reproducible (time, chance, what user code came to) reaches it through the port.
 */
export class Scheduler {
  readonly id: string;
  readonly port: Port;
  readonly progress: Progress;
  readonly settings: Settings;
  readonly root: Group;
  readonly frame: Frame;
  readonly permits: Permits;
  /** How many steps that can be undone have completed. */
  completions = 0;
  readonly #ended: (ended: Ended) => void;
  readonly #deadline: number;
  readonly #ready = new Queue<Fiber>();
  /** Fibers whose operation waits for a permit. */
  readonly #waiting = new Queue<Fiber>();
  #queued = 0;
  /** Groups with arms to start; the one that began last goes first, so that what is under way is finished before more is begun. */
  readonly #pending: Group[] = [];
  /** Also until the run is started: nothing moves before. */
  #draining = true;
  #yielding = false;
  #sliceStart: number;
  #cancelling: AnyFailure | undefined;
  #over = false;

  constructor(id: string, program: Program, input: unknown, state: State, port: Port, progress: Progress, settings: Settings, ended: (ended: Ended) => void) {
    this.id = id;
    this.port = port;
    this.progress = progress;
    this.settings = settings;
    this.#ended = ended;
    this.permits = new Permits(settings.concurrency, (call) => this.settled(call));
    this.root = new Group(undefined, undefined, "once", 1, 1, undefined, undefined);
    this.frame = new Frame(program, undefined);
    this.#sliceStart = progress.now;
    this.#deadline = progress.now + (settings.timeout ?? Number.POSITIVE_INFINITY);
    const { timeout } = settings;
    if (timeout !== undefined) this.root.stopTimer = port.timer(timeout, () => this.#fail(runTimedOut(timeout, undefined)));
    const fiber = new Fiber(this, this.root, 0, Place.root(), this.frame, input, input, { values: state, written: undefined });
    fiber.operations = interpret(fiber, 0);
    this.root.started = 1;
    this.root.link(fiber);
    this.#ready.push(fiber);
  }

  start(): void {
    this.#draining = false;
    this.#sliceStart = this.progress.now = this.port.now();
    this.#drain();
  }

  /** Ends the run, from anywhere: also from inside a step or a listener. */
  cancel(reason: unknown): void {
    this.#fail(cancelled(reason));
  }

  /** A call that did not settle at once has settled: the one door by which an engine answers. */
  settled(call: Call): void {
    const nested = this.#hear();
    if (call.pulls !== undefined) this.#pulled(call, call.pulls);
    else {
      const { fiber } = call;
      if (fiber !== undefined && this.#settle(call)) this.#ready.push(fiber);
    }
    this.#draining = nested;
    this.#drain();
  }

  /** An answer of the engine has come. Until it is dealt with nothing else moves, not even by a cancel from a listener. */
  #hear(): boolean {
    const nested = this.#draining;
    this.#draining = true;
    this.progress.now = this.port.now();
    return nested;
  }

  #timer(ms: number, fire: () => void): () => void {
    return this.port.timer(ms, () => {
      const nested = this.#hear();
      fire();
      this.#draining = nested;
      this.#drain();
    });
  }

  /** What an aborted fiber leaves behind is closed, and its group learns that it is over. */
  end(fiber: Fiber, outcome: unknown): void {
    if (fiber.done) return;
    fiber.done = true;
    const { group } = fiber;
    const failed = outcome instanceof Failed ? outcome.failure : undefined;
    if (outcome === stopped || failed !== undefined) this.#closePlaces(fiber, failed);
    group.unlink(fiber);
    if (fiber.completed !== undefined) group.completed.push({ index: fiber.index, completed: fiber.completed });
    armEnded(this, group, fiber, outcome);
    this.settleGroup(group);
    this.#offer(group);
  }

  abort(group: Group, reason: unknown): void {
    abortGroup(this, group, reason);
    this.settleGroup(group);
    if (group.busy && group.stopGrace === undefined) {
      group.stopGrace = this.#timer(this.settings.grace, () => abandonGroup(this, group));
    }
  }

  host(fiber: Fiber, op: Op): Host {
    const { path } = fiber.place;
    return { id: op.id, path, isSectioned, limits: { timeout: op.timeout, retry: op.retry }, built: op.leaf !== undefined };
  }

  /** Ends a fiber of an aborted group that waits for something; what it has come to already is kept. */
  stop(fiber: Fiber): void {
    fiber.stopTimer?.();
    fiber.stopTimer = undefined;
    if (fiber.waitsForPermit) this.#leaveQueue(fiber);
    const { inbox, op } = fiber;
    if (inbox === pending || inbox instanceof Failed || op === undefined) this.end(fiber, inbox instanceof Failed ? inbox : stopped);
    else this.#endEarly(fiber, op, inbox);
  }

  /** Gives back a call that nobody waits for any more: whatever it comes to reaches nobody. */
  abandon(fiber: Fiber): void {
    const { call } = fiber;
    if (call === undefined) return;
    call.stopTimer?.();
    if (call.context !== undefined) Context.settle(call.context);
    fiber.call = undefined;
    this.permits.abandon(call);
  }

  #fail(failure: AnyFailure): void {
    if (this.#over || this.#cancelling !== undefined || this.root.aborting) return;
    this.#cancelling = failure;
    this.progress.now = this.port.now();
    this.#drain();
  }

  /** Runs whatever can run, without growing the stack, until everything waits. */
  #drain(): void {
    if (this.#draining || this.#yielding) return;
    this.#draining = true;
    for (;;) {
      if (this.#cancelling !== undefined) this.#applyCancel(this.#cancelling);
      if (this.progress.now - this.#sliceStart > slice && !this.#over) {
        this.#yieldToProcess();
        if (this.#yielding) break;
        continue;
      }
      const fiber = this.#ready.shift();
      if (fiber !== undefined) this.#resume(fiber);
      else if (!this.permits.available || !(this.#admit() || this.#startArm())) break;
    }
    this.#draining = false;
  }

  #yieldToProcess(): void {
    this.#yielding = true;
    this.port.yield(() => {
      this.#yielding = false;
      this.#sliceStart = this.progress.now = this.port.now();
      this.#drain();
    });
  }

  #applyCancel(failure: AnyFailure): void {
    this.#cancelling = undefined;
    if (this.root.aborting || this.#over) return;
    failGroup(this, this.root, failure, failure.type === "cancelled" ? failure.reason : timeoutReason(failure.message));
  }

  #resume(fiber: Fiber): void {
    if (fiber.done) return;
    if (fiber.group.aborting) return this.stop(fiber);
    const { operations, leaf } = fiber;
    if (operations === undefined) {
      if (fiber.op !== undefined || this.#perform(fiber, leaf as Op)) this.end(fiber, fiber.inbox);
      return;
    }
    for (;;) {
      const { done, value } = operations.next(fiber.inbox);
      if (done === true) return this.end(fiber, value);
      if (!this.#perform(fiber, value)) return;
      // Between two operations everything is consistent: the place to let a cancel or the rest of the process in.
      if (fiber.group.aborting || this.#cancelling !== undefined || this.progress.now - this.#sliceStart > slice) {
        this.#ready.push(fiber);
        return;
      }
    }
  }

  /** True where the operation is over, and its outcome in the inbox; otherwise the fiber will be ready again when it is. */
  #perform(fiber: Fiber, op: Op): boolean {
    fiber.op = op;
    fiber.inbox = pending;
    switch (op.code) {
      case CALL:
      case TAKE:
      case CATCH:
        // Not past those who wait already: a few busy loops would keep the others out for ever.
        if (this.permits.available && this.#queued === 0) return this.#call(fiber, op);
        fiber.waitsForPermit = true;
        this.#queued++;
        this.#waiting.push(fiber);
        return false;
      case GROUP:
        return this.#fork(fiber, op);
      case SLEEP:
        return this.#sleep(fiber, op);
      case UNDO:
        return this.#undoChain(fiber);
      default:
        throw new Error(`Expected an operation that takes an engine, got ${op.code}`);
    }
  }

  #admit(): boolean {
    let fiber = this.#waiting.shift();
    while (fiber !== undefined && !fiber.waitsForPermit) fiber = this.#waiting.shift();
    if (fiber === undefined) return false;
    this.#leaveQueue(fiber);
    if (this.#call(fiber, fiber.op as Op)) this.#ready.push(fiber);
    return true;
  }

  #leaveQueue(fiber: Fiber): void {
    fiber.waitsForPermit = false;
    this.#queued--;
  }

  // ---- calls

  #call(fiber: Fiber, op: Op): boolean {
    if (fiber.attempt === 1 && !op.quiet) {
      fiber.execution = this.progress.begin(op, fiber.place);
      // A listener may have cancelled the run: then this step never begins.
      if (this.#cancelling !== undefined) {
        this.#ready.push(fiber);
        return false;
      }
    }
    const call = this.permits.take();
    const { timeout } = op;
    const scope = timeout === undefined ? fiber.group.scope : new Scope();
    call.fiber = fiber;
    call.op = op;
    call.scope = scope;
    call.context = new Context(fiber, op, scope, fiber.attempt);
    // Read anew where it matters: listeners may have taken their time.
    call.startedAt = timeout === undefined ? this.progress.now : this.port.now();
    fiber.call = call;
    if (timeout !== undefined) call.stopTimer = this.#timer(timeout, () => this.#attemptTimedOut(call, timeout));
    if (!this.port.call(call)) return false;
    this.progress.now = this.port.now();
    return this.#settle(call);
  }

  /** The attempt's signal aborts, and it gets the grace to clean up; then the run goes on without it. */
  #attemptTimedOut(call: Call, timeout: number): void {
    const op = call.op as Op;
    call.timedOut = true;
    call.stopTimer = this.#timer(this.settings.grace, () => {
      const fiber = call.fiber as Fiber;
      this.abandon(fiber);
      if (this.#attemptFailed(fiber, op, timedOut(op, fiber.place, fiber.attempt, timeout, undefined))) this.#ready.push(fiber);
    });
    call.scope?.abort(timeoutReason(`Step ${op.id} took longer than ${timeout} ms`));
  }

  /** Takes a call's outcome. True where the fiber may go on. */
  #settle(call: Call): boolean {
    const fiber = call.fiber as Fiber;
    const op = call.op as Op;
    const { outcome, value } = call;
    const { aborting } = fiber.group;
    const late = op.timeout !== undefined && (call.timedOut || (!aborting && this.progress.now - call.startedAt > op.timeout));
    const context = call.context as Context;
    const patch = Context.settle(context);
    const { reason } = call.scope as Scope;
    call.stopTimer?.();
    fiber.call = undefined;
    this.permits.give(call);
    if (op.usageOf !== undefined) this.progress.spend(fiber, op.usageOf(value));
    const { attempt } = fiber;
    const failure = late
      ? timedOut(op, fiber.place, attempt, op.timeout as number, outcome === "value" ? undefined : value)
      : outcome === "value"
        ? undefined
        : (outcome === "error" ? returned : threw)(op, fiber.place, attempt, value);
    if (aborting) return this.#settleAborted(fiber, op, value, failure, !late && isEcho(value, reason ?? fiber.group.scope.reason), Context.listens(context));
    if (failure !== undefined) return this.#attemptFailed(fiber, op, failure);
    if (patch !== undefined) fiber.state = patched(fiber.state, patch);
    this.#finishCall(fiber, "completed", undefined);
    remember(fiber, op, value, fiber.last);
    fiber.inbox = value;
    return true;
  }

  /** A call under an aborted group settled within the grace: what it did is kept in the trace, and its fiber ends here. */
  #settleAborted(fiber: Fiber, op: Op, value: unknown, failure: AnyFailure | undefined, echo: boolean, listened: boolean): boolean {
    this.#finishCall(fiber, failure === undefined ? "completed" : echo ? "cancelled" : "failed", echo ? undefined : failure);
    if (failure === undefined) this.#endEarly(fiber, op, value);
    else this.end(fiber, echo ? stopped : new Failed(failure, listened));
    return false;
  }

  /** Ends a fiber after a call that completed: its output is kept, though nothing follows it any more. */
  #endEarly(fiber: Fiber, op: Op, value: unknown): void {
    remember(fiber, op, value, fiber.last);
    if (op.slot !== -1 && fiber.operations !== undefined) fiber.frame.slots[op.slot] = value;
    this.end(fiber, fiber.operations === undefined ? value : stopped);
  }

  /** True where the failure stands; false where another attempt will follow. */
  #attemptFailed(fiber: Fiber, op: Op, failure: AnyFailure): boolean {
    if (fiber.group.aborting) return this.#settleAborted(fiber, op, undefined, failure, false, false);
    const stands = this.#retry(fiber, op, failure);
    if (stands === undefined) return false;
    this.#finishCall(fiber, "failed", stands);
    fiber.inbox = new Failed(stands);
    return true;
  }

  #finishCall(fiber: Fiber, status: "completed" | "failed" | "cancelled", failure: AnyFailure | undefined): void {
    const { execution } = fiber;
    if (execution !== undefined) {
      this.#attempts(fiber, execution);
      this.progress.end(execution, status, failure);
      fiber.execution = undefined;
    }
    fiber.attempt = 1;
    fiber.retried = undefined;
  }

  #attempts({ attempt, retried }: Fiber, execution: Execution): void {
    execution.attempts = attempt;
    if (retried !== undefined) extra(execution).retried = retried;
  }

  /** Plans the next attempt; hands back the failure where there will be none. */
  #retry(fiber: Fiber, op: Op, failure: AnyFailure): AnyFailure | undefined {
    const { retry } = op;
    const { attempt } = fiber;
    const place = op.code === GROUP ? around(fiber, op) : fiber.place;
    if (retry === undefined || attempt > retry.max || isFinal(failure)) return failure;
    let delayMs: number;
    try {
      if (retry.when !== undefined && !answered(retry.when(failure as StepFailure<unknown>))) return failure;
      const next = pause(retry, attempt, failure as StepFailure<unknown>, () => this.port.random(), this.#deadline - this.progress.now);
      if (next.refused !== undefined) return { ...failure, message: `${failure.message}; not tried again: ${next.refused}` };
      delayMs = next.delayMs;
    } catch (thrown) {
      // `when` is user code: what it throws is the step's failure, with the one that it was asked about beside it.
      const broken = threw(op, place, attempt, thrown);
      return { ...broken, message: `"retries.when" of step ${JSON.stringify(op.id)} threw: ${broken.message}`, suppressed: [failure as StepFailure<unknown>] };
    }
    fiber.retried ??= [];
    fiber.retried.push({ attempt, failure: failure as StepFailure<unknown>, delayMs });
    this.progress.retrying(place, op, failure, attempt + 1, delayMs);
    fiber.stopTimer = this.#timer(delayMs, () => {
      fiber.stopTimer = undefined;
      fiber.attempt++;
      if (this.#perform(fiber, op)) this.#ready.push(fiber);
    });
    return undefined;
  }

  #sleep(fiber: Fiber, op: Op): boolean {
    const { items: duration } = fiber;
    const ms = duration instanceof Date ? Math.max(0, duration.getTime() - this.port.date()) : duration;
    if (typeof ms !== "number" || !(ms >= 0)) {
      fiber.inbox = new Failed(invalidSelection(op, fiber.place, "the duration to be ms from 0 up or a valid Date: that", duration));
      return true;
    }
    fiber.execution = this.progress.begin(op, fiber.place);
    fiber.stopTimer = this.#timer(ms, () => {
      fiber.stopTimer = undefined;
      this.#finishCall(fiber, "completed", undefined);
      fiber.inbox = undefined;
      this.#ready.push(fiber);
    });
    return false;
  }

  // ---- groups

  #fork(fiber: Fiber, op: Op): boolean {
    const begun = begin(fiber, op);
    if (begun instanceof Failed) {
      fiber.inbox = begun;
      return true;
    }
    const { timeout } = op;
    fiber.child = begun;
    if (timeout !== undefined) {
      begun.stopTimer = this.#timer(timeout, () => {
        const failure = timedOut(op, around(fiber, op), fiber.attempt, timeout, undefined);
        failGroup(this, begun, failure, timeoutReason(failure.message));
      });
    }
    if (begun.exhausted) this.settleGroup(begun);
    else this.#offer(begun);
    return false;
  }

  /** Puts a group with room on the list of those that may start an arm. */
  #offer(group: Group): void {
    if (group.pending || group.aborting || group.exhausted || group.active >= group.limit) return;
    group.pending = true;
    this.#pending.push(group);
  }

  /** Starts one arm, of the group that began last. False where there is none to start. */
  #startArm(): boolean {
    const group = this.#pending.at(-1);
    if (group === undefined) return false;
    const { source } = group;
    if (group.aborting || group.exhausted || group.active >= group.limit || source?.pulling === true) {
      this.#pending.pop();
      group.pending = false;
      return true;
    }
    if (source === undefined) this.#spawn(group, group.chosen?.[group.started] ?? group.started, undefined);
    else {
      const pulled = this.#pull(group);
      if (pulled !== undefined) this.#spawn(group, group.started, pulled.item);
      else this.settleGroup(group);
    }
    return true;
  }

  #spawn(group: Group, index: number, item: unknown): void {
    const parent = group.fiber as Fiber;
    const op = group.op as Op;
    const each = op.mode === "each";
    const entry = op.entries[each ? 0 : index];
    if (entry === undefined) throw new Error(`Expected arm ${index} of step ${op.id} to be there`);
    const { place } = parent;
    const base = each ? place.item(index) : op.mode === "once" ? place.again(parent.attempt) : entry.segment === "" ? place : place.inside(op, entry.segment);
    const frame = op.body === undefined ? parent.frame : new Frame(op.body, parent.frame);
    // What an earlier attempt did is not to be seen by the next.
    if (op.mode === "once") frame.clear(entry.slots);
    const last = each ? item : parent.last;
    const fiber = new Fiber(this, group, index, base, frame, parent.input, last, { values: parent.state.values, written: undefined });
    if (entry.leaf === undefined) fiber.operations = interpret(fiber, entry.at);
    else fiber.leaf = entry.leaf;
    group.started++;
    group.link(fiber);
    this.#resume(fiber);
  }

  /** The next item of a map. An asynchronous source is asked, and answers later. */
  #pull(group: Group): { readonly item: unknown } | undefined {
    const source = group.source as Source;
    try {
      const next = source.next();
      if (next !== undefined || source.pull === undefined) return next;
    } catch (thrown) {
      this.#sourceFailed(group, thrown);
      return undefined;
    }
    this.#callSource(group, source.pull);
    return undefined;
  }

  /** Tells a map's source that no more items are wanted. The group waits while it cleans up, as it waits for its arms. */
  closeSource(group: Group): void {
    const { source } = group;
    if (source === undefined || source.exhausted) return;
    source.exhausted = true;
    if (source.close !== undefined) this.#callSource(group, source.close);
  }

  /** Not one of the run's permits: a source may wait for what the items do. */
  #callSource(group: Group, op: Op): void {
    const call = new Call((settled) => this.settled(settled));
    call.pulls = group;
    call.op = op;
    group.source?.calls.add(call);
    if (this.port.call(call)) this.#pulled(call, group);
  }

  #pulled(call: Call, group: Group): void {
    const source = group.source as Source;
    source.calls.delete(call);
    const { outcome, value } = call;
    if (outcome !== "value") this.#sourceFailed(group, value);
    else if (call.op === source.pull && !source.exhausted) this.#arrived(group, source, value);
    this.settleGroup(group);
    this.#offer(group);
  }

  #arrived(group: Group, source: Source, result: unknown): void {
    try {
      const { done, value } = result as IteratorResult<unknown>;
      if (done === true) source.exhausted = true;
      else source.arrived(value);
    } catch (thrown) {
      this.#sourceFailed(group, thrown);
    }
  }

  #sourceFailed(group: Group, thrown: unknown): void {
    const source = group.source as Source;
    const { fiber, scope } = group;
    source.exhausted = true;
    if (group.aborting && isEcho(thrown, scope.reason)) return;
    const failure = threw(group.op?.leaf as Op, (fiber as Fiber).place, 1, thrown);
    if (group.aborting) group.failures.push({ failure, index: group.size, tick: this.port.tick(), answers: true });
    else failGroup(this, group, failure, siblingReason(failure));
  }

  /** Ends a group in which nothing is under way and nothing more will start. */
  settleGroup(group: Group): void {
    if (group.busy || this.#over) return;
    if (!group.aborting && !group.exhausted) return;
    const { fiber } = group;
    group.stopTimer?.();
    group.stopGrace?.();
    group.stopTimer = group.stopGrace = undefined;
    if (this.#undoLost(group)) return;
    if (group.ended !== undefined) return group.ended();
    if (fiber === undefined) {
      this.#over = true;
      const failure = failureOf(group);
      this.#ended(failure === undefined ? { value: group.results[0] } : { failure });
      return;
    }
    if (fiber.child !== group) return;
    fiber.child = undefined;
    keepOutputs(group, fiber);
    const stoppedFromOutside = group.aborting && group.winner === -1 && group.failures.length === 0;
    const outcome = stoppedFromOutside ? stopped : outcomeOf(group, fiber);
    // A group inside one that is being aborted: only what failed on its own account goes on.
    if (stoppedFromOutside || fiber.group.aborting) {
      this.end(fiber, outcome instanceof Failed ? outcome : stopped);
      return;
    }
    const { execution } = fiber.place;
    if (group.mode === "once" && execution !== undefined) this.#attempts(fiber, execution);
    if (outcome instanceof Failed && group.mode === "once") {
      if (!this.#attemptFailed(fiber, group.op as Op, outcome.failure)) return;
    } else {
      fiber.attempt = 1;
      fiber.retried = undefined;
      fiber.inbox = outcome;
    }
    this.#ready.push(fiber);
  }

  // ---- undo

  /** True where the group has something to undo first: it settles when that is done. */
  #undoLost(group: Group): boolean {
    if (group.completed.length === 0) return false;
    const lost = takeLost(group, this);
    if (lost.length === 0) return false;
    group.undoing = true;
    this.#undo(lost, (failures) => {
      group.undoing = false;
      suppressIn(group, failures);
      this.settleGroup(group);
    });
    return true;
  }

  /** Before a handler runs: undoes what its chain has done. The failures of that go to the failure being handled. */
  #undoChain(fiber: Fiber): boolean {
    const inside = takeInside(fiber, fiber.place);
    fiber.inbox = [];
    if (inside.length === 0) return true;
    fiber.shielded = true;
    this.#undo(inside, (failures) => {
      fiber.shielded = false;
      fiber.inbox = failures;
      if (fiber.group.aborting) this.end(fiber, stopped);
      else this.#ready.push(fiber);
    });
    return false;
  }

  /** Undoes steps in a group of their own, which no abort reaches: only their own time limits bound it. */
  #undo(completed: readonly Completed[], done: (failures: readonly AnyFailure[]) => void): void {
    const failures: AnyFailure[] = [];
    const group = new Group(undefined, undefined, "once", 1, 1, undefined, undefined);
    group.ended = () => done(failures);
    const fiber = new Fiber(this, group, 0, Place.root(), this.frame, undefined, undefined, { values: {}, written: undefined });
    fiber.operations = undoing(fiber, completed, failures);
    group.started = 1;
    group.link(fiber);
    this.#ready.push(fiber);
  }

  #closePlaces(fiber: Fiber, failure: AnyFailure | undefined): void {
    const status = failure === undefined ? "cancelled" : "failed";
    this.#finishCall(fiber, status, failure);
    for (let { place } = fiber; place !== fiber.base; place = place.parent as Place) this.progress.close(place, status, failure);
  }
}

/** `when` is asked at once: a promise would always count as yes. */
function answered(answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  if (isThenable(answer)) whenSettled(answer, ignore, ignore);
  throw new TypeError(`Expected "retries.when" to give true or false, got ${show(answer)}`);
}

function ignore(): void {}

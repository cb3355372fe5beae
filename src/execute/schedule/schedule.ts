import type { AnyFailure } from "../../types/failure.ts";
import type { Budget } from "../budget/budget.ts";
import { cancelled, endReason, runTimedOut } from "../outcome/failure.ts";
import type { Call } from "../port/call.ts";
import type { Port, TimerName } from "../port/port.ts";
import type { Owner } from "../run/owner.ts";
import type { Settings } from "../run/settings.ts";
import { Place } from "../trace/place.ts";
import type { Progress } from "../trace/progress.ts";
import { perMs } from "../trace/trace.ts";
import { Frame } from "../values/frame.ts";
import type { Op, Program } from "../values/op.ts";
import type { State } from "../values/state.ts";
import { Interpreter } from "../walk/interpret.ts";
import { admit, settleCall } from "./calls.ts";
import { type End, end, stop } from "./ending.ts";
import { Fiber } from "./fiber.ts";
import { Group } from "./groups/group.ts";
import { goOn, startArm } from "./groups/groups.ts";
import { failGroup } from "./groups/join.ts";
import { pulled } from "./groups/sources.ts";
import { perform } from "./perform.ts";
import { Permits } from "./permits.ts";
import { Queue } from "./queue.ts";
import { suspendedBy, suspends, Waits } from "./waits.ts";

/** How long synchronous work may go on before the rest of the process has its turn. */
const slice = 20 * perMs;

/**
 * The one scheduler, shared by all engines. It owns fibers, groups, permits, retries, deadlines, aborts and grace, and
 * decides what happens next; what it decides, the port performs. It never awaits, and everything that is not
 * reproducible (time, chance, what user code came to) reaches it through the port.
 */
export class Scheduler {
  declare readonly port: Port;
  declare readonly progress: Progress;
  declare readonly settings: Settings;
  declare readonly root: Group;
  declare readonly frame: Frame;
  declare readonly permits: Permits;
  /** Made with the first call that spends something, where the run has a budget. */
  budget: Budget | undefined;
  #waits: Waits | undefined;
  /** It ends, but not for good: nothing is undone, and what is open stays so in the trace. */
  leaving = false;
  /** How many steps that can be undone have completed. */
  completions = 0;
  /** Failures to undo that have none to stand beside. */
  strays: AnyFailure[] | undefined;
  declare readonly owner: Owner;
  declare readonly deadline: number;
  readonly #ready = new Queue<Fiber>();
  /** Groups with arms to start; the one that began last goes first, so that what is under way is finished before more is begun. */
  readonly pending: Group[] = [];
  /** Also until the run is started: nothing moves before. */
  #draining = true;
  #yielding = false;
  /** When the rest of the process is to have its turn, in ticks of the trace. */
  #sliceEnd: number;
  #cancelling: AnyFailure | undefined;
  /** Fibers that end around one that does, with what they came to. */
  ends: Queue<End> | undefined;
  over = false;

  constructor(program: Program, input: unknown, state: State, port: Port, progress: Progress, settings: Settings, owner: Owner) {
    this.port = port;
    this.progress = progress;
    this.settings = settings;
    this.owner = owner;
    this.permits = new Permits(settings.concurrency, this);
    this.root = new Group(undefined, undefined, "once", 1, 1, undefined, undefined);
    this.frame = new Frame(program, undefined, input);
    this.#sliceEnd = progress.ticks + slice;
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

  /** A wait of the fiber's is over without an answer, where it has one. */
  stopWaiting(fiber: Fiber): void {
    this.#waits?.end(fiber);
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

  hear(deal: () => void): void {
    const nested = this.#hear();
    deal();
    this.#draining = nested;
    this.#drain();
  }

  /** A timer of the port, whose end is dealt with like an answer. */
  timer(ms: number, purpose: TimerName["purpose"], fiber: Fiber | undefined, op: Op | undefined, fire: () => void): () => void {
    const at = fiber === undefined || op === undefined ? undefined : { op, place: fiber.place, attempt: fiber.attempt };
    return this.port.timer(ms, () => this.hear(fire), { purpose, at });
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
      if (this.progress.ticks > this.#sliceEnd && !this.over) {
        this.#yieldToProcess();
        if (this.#yielding) break;
        continue;
      }
      const fiber = this.#ready.shift();
      if (fiber !== undefined) this.resume(fiber);
      else if (!this.#start()) {
        if (this.#waits === undefined || !suspends(this, this.#waits)) break;
        this.leaving = true;
        this.#cancelling = suspendedBy(this);
      }
    }
    this.#draining = false;
  }

  /** Begins something that waits for a permit. False where nothing can. */
  #start(): boolean {
    if (this.permits.waiting === 0 && this.pending.length === 0) return false;
    return this.permits.available && (admit(this) || startArm(this));
  }

  #yieldToProcess(): void {
    this.#yielding = true;
    this.port.yield(() => {
      this.#yielding = false;
      this.progress.reach(this.port.now());
      this.#sliceEnd = this.progress.ticks + slice;
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
    if (fiber.group.aborting) return stop(this, fiber);
    const { operations } = fiber;
    if (operations === undefined) return this.#resumeLeaf(fiber);
    for (;;) {
      const op = operations.next(fiber.inbox);
      if (op === undefined) return end(this, fiber, operations.outcome);
      if (!perform(this, fiber, op)) return;
      // Between two operations everything is consistent: the place to let a cancel or the rest of the process in.
      if (fiber.group.aborting || this.#cancelling !== undefined || this.progress.ticks > this.#sliceEnd) return this.wake(fiber);
    }
  }

  #resumeLeaf(fiber: Fiber): void {
    do if (fiber.op === undefined && !perform(this, fiber, fiber.leaf as Op)) return;
    while (goOn(this, fiber));
    end(this, fiber, fiber.inbox);
  }

  /** Nothing goes before another arm of the group, if one of its own is over. */
  free(group: Group): boolean {
    const next = this.pending.at(-1) ?? group;
    if (next !== group || this.permits.waiting > 0 || this.budget !== undefined) return false;
    return this.#ready.idle && this.#cancelling === undefined && this.progress.ticks <= this.#sliceEnd;
  }
}

import { encodeSegment } from "../../plan/names.ts";
import { messageOf } from "../../plan/show.ts";
import type { RunEvent } from "../../types/event.ts";
import type { AnyFailure } from "../../types/failure.ts";
import type { Usage } from "../../types/usage.ts";
import type { Fiber } from "../schedule/fiber.ts";
import type { Entry, Op } from "../values/op.ts";
import { type Place, pathOf } from "./place.ts";
import { type Execution, extra, type Trace } from "./trace.ts";

type Emit = (event: RunEvent) => void;

/** What a run tells about itself: the trace that it keeps, and the events for those who listen. Without listeners no event is made. */
export class Progress {
  declare readonly trace: Trace;
  #runId: string | undefined;
  declare readonly emit: Emit | undefined;
  /** Monotonic ms of the last thing that happened. */
  declare now: number;
  /** The same as the trace has it: made once, and not by each execution that begins or ends then. */
  declare ticks: number;
  /** What its calls of models have used, once there was one. */
  usage: Usage | undefined;

  constructor(trace: Trace, runId: string | undefined, emit: Emit | undefined, now: number) {
    this.trace = trace;
    this.#runId = runId;
    this.emit = emit;
    this.now = now;
    this.ticks = trace.ticks(now);
  }

  /** What follows happens at this time, in monotonic ms. */
  reach(now: number): void {
    this.now = now;
    this.ticks = this.trace.ticks(now);
  }

  /** Made when somebody asks, where the caller gave none: few do. */
  get runId(): string {
    this.#runId ??= crypto.randomUUID();
    return this.#runId;
  }

  get at(): number {
    return this.trace.wall(this.now);
  }

  /** A composite begins: what follows is inside it. */
  enter(fiber: Fiber, op: Op): void {
    const execution = this.begin(op, fiber.place);
    fiber.place = fiber.place.inside(op, op.inPlace ? "" : op.segment);
    fiber.place.execution = execution;
  }

  /** The composite that `fiber.place` belongs to has completed. */
  leave(fiber: Fiber): void {
    this.end(fiber.place.execution as Execution, "completed", undefined);
    fiber.place = fiber.place.parent as Place;
  }

  /** Ends what a place opened, if it opened something that is still under way. */
  close(place: Place, status: "failed" | "cancelled", failure: AnyFailure | undefined): void {
    const { execution } = place;
    if (execution?.status === "running") this.end(execution, status, failure);
  }

  begin(op: Op, place: Place, shown?: unknown): Execution {
    const execution = this.trace.begin(op, place, this.ticks);
    if (this.emit !== undefined) this.#tellBegin(this.emit, op, place, shown);
    return execution;
  }

  #tellBegin(emit: Emit, op: Op, place: Place, shown: unknown): void {
    if (op.kind === "tool") emit({ type: "tool.started", ...this.#of(op, place), tool: op.role });
    else emit({ type: "step.started", ...this.#of(op, place), kind: op.kind, ...(shown === undefined ? {} : { shown }) });
  }

  end(execution: Execution, status: "completed" | "failed" | "cancelled", failure: AnyFailure | undefined): void {
    if (failure !== undefined) extra(execution).message = failure.message;
    this.trace.end(execution, status, this.ticks);
    if (this.emit !== undefined) this.#tellEnd(this.emit, execution, status, failure);
  }

  #tellEnd(emit: Emit, execution: Execution, status: "completed" | "failed" | "cancelled", failure: AnyFailure | undefined): void {
    const { op, place } = execution;
    const durationMs = this.trace.durationOf(execution, this.now);
    const { attempts = 1, usage, route, limitReached } = execution.extra ?? {};
    if (op.kind === "tool") {
      const told = { ...this.#of(op, place), tool: op.role, durationMs };
      emit(
        status === "completed"
          ? { type: "tool.completed", ...told }
          : { type: "tool.failed", ...told, message: failure?.message ?? "Cancelled" },
      );
      return;
    }
    const common = {
      ...this.#of(op, place),
      kind: op.kind,
      attempts,
      durationMs,
      ...(usage === undefined ? {} : { usage }),
    };
    const more = { ...(route === undefined ? {} : { route }), ...(limitReached === undefined ? {} : { limitReached }) };
    if (status === "completed") emit({ type: "step.completed", ...common, ...more });
    else emit({ type: "step.failed", ...common, message: failure?.message ?? "Cancelled", cancelled: status === "cancelled" });
  }

  retrying(place: Place, op: Op, failure: AnyFailure, attempt: number, delayMs: number): void {
    if (this.emit !== undefined) this.emit({ type: "step.retrying", ...this.#of(op, place), attempt, delayMs, message: failure.message });
  }

  /** An exclusive composite takes its arm `index`; -1 for none. */
  take(fiber: Fiber, composite: Op, index: number): void {
    const arm = composite.entries[index];
    const { place } = fiber;
    if (arm !== undefined) {
      extra(place.execution as Execution).route = arm.key;
      if (arm.segment !== "") fiber.place = place.inside(composite, arm.segment);
    }
    if (this.emit !== undefined) for (const other of composite.entries) if (other !== arm) this.#skipped(composite, place, other);
  }

  /** A selector chose several arms. */
  took(fiber: Fiber, keys: readonly string[]): void {
    const { place } = fiber;
    extra(place.execution as Execution).route = keys;
    if (this.emit === undefined) return;
    for (const entry of place.op?.entries ?? []) if (!keys.includes(entry.key)) this.#skipped(place.op as Op, place, entry);
  }

  turned(fiber: Fiber, iteration: number): void {
    const outer = fiber.place.parent as Place;
    extra(outer.execution as Execution).count = iteration;
    if (this.emit !== undefined)
      this.emit({ type: "loop.iteration", runId: this.runId, path: outer.path, step: (outer.op as Op).id, at: this.at, iteration });
  }

  limitReached(fiber: Fiber): void {
    extra((fiber.place.parent as Place).execution as Execution).limitReached = true;
  }

  #skipped(op: Op, place: Place, entry: Entry): void {
    this.emit?.({
      type: "step.skipped",
      runId: this.runId,
      path: `${place.path}/${encodeSegment(entry.key)}`,
      step: op.id,
      at: this.at,
    });
  }

  #of(op: Op, place: Place): { readonly runId: string; readonly path: string; readonly step: string; readonly at: number } {
    return { runId: this.runId, path: pathOf(place, op), step: op.id, at: this.at };
  }
}

/** One function for all the listeners: each sees every event, whatever the others do. */
export function listenersOf(listeners: readonly ((event: RunEvent) => unknown)[]): Emit | undefined {
  if (listeners.length === 0) return undefined;
  const reported = new Set<unknown>();
  const report = (listener: unknown, thrown: unknown) => {
    if (reported.has(listener)) return;
    reported.add(listener);
    process.emitWarning(`A listener of a run failed (reported once): ${messageOf(thrown)}`, "HeddleListenerWarning");
  };
  return (event) => {
    Object.freeze(event);
    for (const listener of listeners) {
      try {
        const returned: unknown = listener(event);
        if (returned instanceof Promise) returned.catch((thrown: unknown) => report(listener, thrown));
      } catch (thrown) {
        report(listener, thrown);
      }
    }
  };
}

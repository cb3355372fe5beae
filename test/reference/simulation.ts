import { Agenda, type Journal } from "./agenda.ts";
import type { Told as Failure, Outcome, RunSpec } from "./description.ts";
import {
  type Begin,
  type Code,
  catchable,
  type Execution,
  Failing,
  failureOf,
  fresh,
  type Group,
  type Line,
  type Named,
  newGroup,
  type Result,
  stopped,
  told,
} from "./line.ts";
import { World } from "./world.ts";

/** The reference's lines, groups and permits: a discrete-event simulation. */
export abstract class Simulation extends Agenda {
  readonly world = new World(() => this.now);
  readonly trace: Execution[] = [];
  readonly board = new Map<string, unknown>();
  /** When something was aborted first. */
  aborted = Number.POSITIVE_INFINITY;
  protected attempts = 0;
  #outcome: Outcome | undefined;
  protected readonly ready: (() => void)[] = [];
  protected readonly waiting: (() => void)[] = [];
  readonly #withRoom: Group[] = [];
  protected readonly run: RunSpec;
  protected readonly root: Group;
  protected free: number;
  protected ending: Failure | undefined;

  constructor(run: RunSpec, journal: Journal) {
    super(journal);
    this.run = run;
    this.free = run.concurrency;
    const { cancelAt, timeout } = run;
    this.root = newGroup(undefined, "all", [(line) => this.whole(line)], 1);
    if (cancelAt === "before the start") this.stop("cancelled");
    else if (cancelAt !== undefined) this.at(cancelAt, () => this.stop("cancelled"));
    if (timeout !== undefined) this.root.disarm = this.timer(timeout, () => this.stop("run_timed_out"));
  }

  /** Failures to undo that have none to stand beside. */
  protected readonly strays: Failure[] = [];

  protected abstract whole(line: Line): Code;
  /** Whether there is something to undo before the group settles. */
  protected abstract undoFirst(group: Group): boolean;

  play(): Outcome {
    if (this.ending === undefined) this.startArm(this.root);
    for (;;) {
      this.#pump();
      if (this.#outcome !== undefined) return this.#outcome;
      if (!this.happen()) return { stuck: true, ...this.#done() };
    }
  }

  /** A step cancels the run. */
  protected cancel(): void {
    if (this.journal === "none") return this.stop("cancelled");
    this.held = true;
    this.soon.push(() => this.stop("cancelled"));
  }

  protected stop(type: string): void {
    this.ending ??= told(type, { id: "", path: "" }, 0);
  }

  /** Follows everything that can happen now. */
  #pump(): void {
    for (;;) {
      if (this.ending !== undefined && !this.root.aborted) this.fail(this.root, this.ending);
      const next = this.ready.shift() ?? (this.free > 0 ? (this.waiting.shift() ?? this.#newArm()) : undefined);
      if (next === undefined) return;
      next();
    }
  }

  #done(): Pick<Outcome, "steps" | "trace"> {
    return {
      steps: Object.fromEntries(this.board),
      trace: this.trace.map((record) => (record.status === "running" ? { ...record, durationMs: this.now - record.startedAt } : record)),
    };
  }

  // ---- lines

  protected advance(line: Line, sent?: unknown): void {
    if (line.over) return;
    line.attempt = line.child = line.stopWaiting = undefined;
    if (line.group.aborted) return this.end(line, stopped);
    try {
      const { done, value } = (line.code as Code).next(sent);
      if (done === true) this.end(line, { value });
      else (value as () => void)();
    } catch (thrown) {
      if (!(thrown instanceof Failing)) throw thrown;
      this.end(line, { failure: thrown.failure });
    }
  }

  protected end(line: Line, result: Result | typeof stopped): void {
    if (line.over) return;
    const { group, index } = line;
    line.over = true;
    for (const record of [...line.open].reverse())
      this.finish(line, record, result !== stopped && "failure" in result ? "failed" : "cancelled");
    group.lines.delete(line);
    if (line.done.length > 0) group.done.set(index, line.done);
    if (result !== stopped && "failure" in result) this.#armFailed(group, index, result);
    else if (result !== stopped && group.winner === -1) {
      group.results[index] = group.mode === "settle" ? { ok: true, value: result.value } : result.value;
      group.states[index] = line.state;
      if (group.mode === "race") {
        group.winner = index;
        this.#abort(group);
      }
    }
    this.settleGroup(group);
    this.offer(group);
  }

  /** Lets the line go on when `later` calls back; an abort ends it at once, with what `later` handed back. */
  protected *wait(line: Line, later: (resume: () => void) => () => void): Code<void> {
    yield () => {
      line.stopWaiting = later(() => this.ready.push(() => this.advance(line)));
    };
  }

  protected begin(line: Line, { kind = "", id, path }: Named): Execution {
    const record: Execution = { path, step: id, kind, status: "running", attempts: 1, startedAt: this.now, durationMs: 0 };
    this.trace.push(record);
    line.open.add(record);
    return record;
  }

  protected finish(line: Line, record: Execution, status: string): void {
    line.open.delete(record);
    Object.assign(record, { status, durationMs: this.now - record.startedAt });
    this.world.note(`${record.path} ${status}`);
  }

  // ---- groups

  #hasRoom(group: Group): boolean {
    return !group.aborted && group.started < group.arms.length && group.lines.size < group.limit;
  }

  protected offer(group: Group): void {
    if (this.#hasRoom(group) && !this.#withRoom.includes(group)) this.#withRoom.push(group);
  }

  #newArm(): (() => void) | undefined {
    const group = this.#withRoom.at(-1);
    if (group === undefined) return undefined;
    if (this.#hasRoom(group)) return () => this.startArm(group);
    this.#withRoom.pop();
    return this.#newArm();
  }

  protected startArm(group: Group): void {
    const index = group.started++;
    const line: Line = {
      group,
      index,
      code: undefined,
      state: { ...fresh, ...(group.parent && { values: group.parent.state.values }) },
      open: new Set(),
      over: false,
      done: [],
    };
    line.code = (group.arms[index] as Begin)(line);
    group.lines.add(line);
    this.advance(line);
  }

  #armFailed(group: Group, index: number, { failure, answers = false }: { readonly failure: Failure; readonly answers?: boolean }): void {
    const { mode, failures, arms } = group;
    if (group.winner !== -1) return;
    if (mode === "settle" && !group.aborted && catchable(failure)) group.results[index] = { ok: false, error: failure };
    else {
      failures.push({ failure, index, tick: this.tick, answers });
      if (!group.aborted && (mode !== "race" || !catchable(failure) || failures.length === arms.length)) this.fail(group);
    }
  }

  /** Ends a group as failed: by what its arms came to, or for a reason of its own. */
  protected fail(group: Group, reason?: Failure): void {
    if (reason !== undefined) group.failures.unshift({ failure: reason, index: -1, tick: -1, answers: false });
    group.decided ||= !group.aborted;
    this.#abort(group);
    this.settleGroup(group);
  }

  #abort(group: Group): void {
    if (group.aborted) return;
    this.aborted = Math.min(this.aborted, this.now);
    const marked = [group];
    for (const found of marked) {
      found.aborted = true;
      found.disarm();
      for (const { child } of [...found.lines].reverse()) if (child?.aborted === false) marked.push(child);
    }
    const lines = marked.flatMap((found) => [...found.lines].sort((a, b) => (a.attempt?.begun ?? 0) - (b.attempt?.begun ?? 0)));
    const reversed = marked.flatMap((found) => [...found.lines].reverse());
    for (const { attempt } of lines) if (attempt?.limited === false) attempt.abort();
    for (const { attempt } of reversed) if (attempt?.limited === true) attempt.abort();
    for (const line of reversed) {
      if (line.attempt !== undefined || line.child !== undefined || line.shielded === true) continue;
      line.stopWaiting?.();
      this.end(line, stopped);
    }
    for (const found of marked.reverse()) if (found !== group) this.settleGroup(found);
    if (group.lines.size > 0) group.disarmGrace = this.timer(this.run.grace, () => this.#leaveBehind(group));
  }

  #leaveBehind({ lines }: Group): void {
    for (const { child, attempt } of [...lines]) {
      if (child !== undefined) this.#leaveBehind(child);
      attempt?.leave();
    }
  }

  /** Hands a group's outcome on once nothing in it is under way and nothing more will start. */
  protected settleGroup(group: Group): void {
    const { parent, lines, aborted, started, arms, winner } = group;
    if (lines.size > 0 || group.undoing || (!aborted && started < arms.length)) return;
    group.disarm();
    group.disarmGrace();
    if (this.undoFirst(group)) return;
    group.ended();
    const failure = aborted && winner === -1 ? failureOf(group) : undefined;
    if (group === this.root) {
      const all = failure && { ...failure, suppressed: [...failure.suppressed, ...this.strays] };
      this.#outcome ??= { ...(all === undefined ? { output: group.results[0] } : { failure: all }), ...this.#done() };
    } else if (parent?.child === group) {
      parent.child = undefined;
      if (parent.group.aborted)
        this.end(parent, failure === undefined ? stopped : { failure, answers: group.failures.every(({ answers }) => answers) });
      else this.ready.push(() => this.advance(parent, failure));
    }
  }
}

import type { OpenWait } from "../../types/failure.ts";
import { Failed, suspended, waitTimedOut } from "../outcome/failure.ts";
import { pathOf } from "../trace/place.ts";
import type { Op } from "../values/op.ts";
import { finishCall } from "./calls.ts";
import type { Fiber } from "./fiber.ts";
import type { Group } from "./groups/group.ts";
import type { Scheduler } from "./schedule.ts";

/** A fiber that waits for an answer from outside. */
export interface Wait extends OpenWait {
  readonly fiber: Fiber;
  readonly op: Op;
}

/** What became of a wait. */
type Fate = "answered" | "over";

/** What a run waits for, and the answers that came too early. */
export class Waits {
  readonly #open = new Map<Fiber, Wait>();
  /** The open ones again, by step and then by path: a map may have thousands. */
  readonly #byStep = new Map<string, Map<string, Wait>>();
  /** By step: an answer that came before its wait began. */
  readonly #early = new Map<string, unknown>();
  /**
   * What became of steps' waits: a second click must not answer the next turn of a loop, and an answer to a wait that was
   * over without one must not seem to count.
   */
  readonly #steps = new Map<string, Fate>();
  /** The same by path, which says which of a step's waits is meant. */
  readonly #paths = new Map<string, Fate>();

  get open(): readonly Wait[] {
    return [...this.#open.values()];
  }

  get size(): number {
    return this.#open.size;
  }

  has(fiber: Fiber): boolean {
    return this.#open.has(fiber);
  }

  begin(wait: Wait): void {
    const { fiber, step, path } = wait;
    this.#open.set(fiber, wait);
    const waiting = this.#byStep.get(step);
    if (waiting === undefined) this.#byStep.set(step, new Map([[path, wait]]));
    else waiting.set(path, wait);
  }

  /** A wait is over without an answer: its time ran out, or what it belongs to was aborted. */
  end(fiber: Fiber): void {
    const wait = this.#open.get(fiber);
    if (wait === undefined) return;
    this.#close(wait, "over");
  }

  #close(wait: Wait, fate: Fate): void {
    const { fiber, step, path, op } = wait;
    this.#open.delete(fiber);
    this.#byStep.get(step)?.delete(path);
    this.#paths.set(path, fate);
    if (isStep(op) && this.#steps.get(step) !== "answered") this.#steps.set(step, fate);
    const { run } = fiber;
    // Where the run goes on elsewhere, or another time, its waits do too.
    if (!run.leaving) run.port.waits?.(wait, fate);
  }

  /** The wait that an answer is for; the one that began first, where no path says which. */
  find(step: string, path: string | undefined): Wait | undefined {
    const waiting = this.#byStep.get(step);
    return path === undefined ? waiting?.values().next().value : waiting?.get(path);
  }

  /** Whether a wait is still open. */
  holds(wait: Wait): boolean {
    return this.#open.get(wait.fiber) === wait;
  }

  /** What became of a step that does not wait, or of the wait at a path; undefined where it has not begun. */
  fate(step: string, path: string | undefined): Fate | undefined {
    if (path !== undefined) return this.#paths.get(path);
    return this.#early.has(step) ? "answered" : this.#steps.get(step);
  }

  answer(wait: Wait): void {
    this.#close(wait, "answered");
  }

  keep(step: string, answer: unknown): void {
    this.#early.set(step, { answer });
  }

  /** Takes the answer that was there before the wait. */
  early(step: string): { readonly answer: unknown } | undefined {
    const found = this.#early.get(step) as { readonly answer: unknown } | undefined;
    if (found === undefined) return undefined;
    this.#early.delete(step);
    this.#steps.set(step, "answered");
    return found;
  }
}

/** A wait that a routine made has the name of a tool, and what comes early for a step of the same name is not meant for it. */
export function isStep({ plan }: Op): boolean {
  return plan !== undefined;
}

/** True where an answer was there already. */
export function startWait(run: Scheduler, fiber: Fiber, op: Op): boolean {
  const shown = op.shown ?? fiber.items;
  fiber.items = undefined;
  fiber.execution = run.progress.begin(op, fiber.place, shown);
  const early = isStep(op) ? run.waits.early(op.id) : undefined;
  if (early !== undefined) {
    finishCall(run, fiber, "completed", undefined);
    fiber.inbox = early.answer;
    return true;
  }
  const wait = { step: op.id, path: pathOf(fiber.place, op), shown, fiber, op };
  run.waits.begin(wait);
  run.port.waits?.(wait, "open");
  const { timeout } = op;
  if (timeout !== undefined)
    fiber.stopTimer = run.timer(timeout, "wait", fiber, op, () => {
      fiber.stopTimer = undefined;
      run.waits.end(fiber);
      const failure = waitTimedOut(op, fiber.place, timeout);
      finishCall(run, fiber, "failed", failure);
      fiber.inbox = new Failed(failure);
      run.wake(fiber);
    });
  return false;
}

/** Whether the run ends here, since nothing of it can go on before an answer comes. */
export function suspends(run: Scheduler, waits: Waits): boolean {
  return waits.size > 0 && !run.port.stays && !run.over && !run.root.aborting && onlyWaits(run) && run.port.suspends?.() !== false;
}

function onlyWaits(run: Scheduler): boolean {
  if (run.waits.size === 0 || run.permits.busy) return false;
  const groups: Group[] = [run.root];
  for (let index = 0; index < groups.length; index++) {
    const group = groups[index] as Group;
    if (group.undoing || group.source?.busy === true) return false;
    for (let fiber = group.first; fiber !== undefined; fiber = fiber.next) {
      if (fiber.child !== undefined) groups.push(fiber.child);
      else if (!run.waits.has(fiber)) return false;
    }
  }
  return true;
}

export function suspendedBy(run: Scheduler) {
  return suspended(openWaits(run));
}

/** As those see them who may answer. */
export function openWaits({ waits }: Scheduler): readonly OpenWait[] {
  return waits.open.map(({ step, path, shown }) => ({ step, path, shown }));
}

import type { Told as Failure, Undo } from "./description.ts";
import {
  type Code,
  catchable,
  type Done,
  type Env,
  Failing,
  type Group,
  type Line,
  type Named,
  newGroup,
  stopped,
  type UndoFailure,
  unlimited,
} from "./line.ts";
import { Simulation } from "./simulation.ts";

interface Lost {
  readonly arm: number;
  readonly step: Done;
}

/*
 * Undo, as DESIGN section 3 has it. Where that is silent, we chose:
 * - An undo sees what its step saw, and the state as its step left it; of one that completed after its
 *   time, the write does not count.
 * - All attempts at one execution, and at what is around it, are one effect: its last completion is undone, once.
 * - A race undoes all its arms where it has failed by itself. One that was aborted from outside has no losers: what its
 *   arms did goes the way of all that was done before.
 * - `undo: true` of a handler covers its own chain from the start, also what another handler in it has let stand.
 * - A failure to undo stands beside the failure that brought it about: of the run, of the race or of the settled arm;
 *   where that is lost (the race was won, the handler never ran) beside the run's own, should it fail.
 */
export abstract class Undoing extends Simulation {
  #completions = 0;

  /** Books a step that has completed. */
  protected book(line: Line, named: Named, output: unknown, env: Env, last: unknown): void {
    const { undo } = named;
    if (undo === undefined) return;
    const kept = { ...env, sees: [], around: this.seen(env), failure: undefined, undoes: { output } };
    line.done.push({ named, undo, output, order: this.#completions++, env: kept, last, state: line.state });
  }

  protected override undoFirst(group: Group): boolean {
    const { parent, mode, winner, failures, results, done } = group;
    const failedRace = mode === "race" && winner === -1 && group.decided && failures.every(({ failure }) => catchable(failure));
    const lost = [...done].filter(([index]) => {
      if (group === this.root) return failures.length > 0;
      if (mode === "race") return failedRace || (winner !== -1 && winner !== index);
      return mode === "settle" && errorOf(results[index]) !== undefined;
    });
    for (const [index, steps] of done) if (!lost.some(([arm]) => arm === index)) parent?.done.push(...steps);
    done.clear();
    if (lost.length === 0) return false;
    group.undoing = true;
    this.#undo(
      lost.flatMap(([arm, steps]) => steps.map((step) => ({ arm, step }))),
      (wrong) => {
        group.undoing = false;
        for (const { arm, failure } of wrong) {
          const error = errorOf(results[arm]);
          if (error !== undefined && mode === "settle" && !group.aborted) results[arm] = { ok: false, error: hiding(error, [failure]) };
          else if (winner === -1) failures.push({ failure, index: arm, tick: unlimited, answers: true });
          else this.strays.push(failure);
        }
        this.settleGroup(group);
      },
    );
    return true;
  }

  /** Undoes what a line has done from `start` on, before a handler of it runs: the failure with what went wrong in that. */
  protected *undone(line: Line, start: number, failure: Failure): Code<Failure> {
    const steps = line.done.splice(start);
    if (steps.length === 0) return failure;
    const wrong = yield () => {
      line.shielded = true;
      this.#undo(
        steps.map((step) => ({ arm: -1, step })),
        (wrong) => {
          line.shielded = false;
          const failures = wrong.map(({ failure }) => failure);
          if (!line.group.aborted) return void this.ready.push(() => this.advance(line, failures));
          this.strays.push(...failures);
          this.end(line, stopped);
        },
      );
    };
    return hiding(failure, wrong as readonly Failure[]);
  }

  /** The last to complete first, one after the other, in a group of its own that nobody aborts. */
  #undo(lost: readonly Lost[], ended: (wrong: readonly UndoFailure[]) => void): void {
    const wrong: UndoFailure[] = [];
    const group = newGroup(undefined, "all", [(line) => this.#each(line, lost, wrong)], 1);
    group.ended = () => ended(wrong);
    this.ready.push(() => this.startArm(group));
  }

  *#each(line: Line, lost: readonly Lost[], wrong: UndoFailure[]): Code<void> {
    const effects = new Set<string>();
    for (const { arm, step } of [...lost].sort((a, b) => b.step.order - a.step.order)) {
      const { id, path } = step.named;
      const effect = path.replace(/~\d+/g, "");
      if (effects.has(effect)) continue;
      effects.add(effect);
      line.state = step.state;
      const { leaf, limits } = step.undo;
      try {
        yield* this.call(line, { id, path: `${path}/undo`, kind: "undo" }, leaf, limits, step.env, step.last);
      } catch (thrown) {
        if (!(thrown instanceof Failing)) throw thrown;
        wrong.push({ arm, failure: thrown.failure });
      }
    }
  }

  protected abstract call(line: Line, what: Named, leaf: Undo["leaf"], limits: Undo["limits"], env: Env, last: unknown): Code;

  /** The outputs that a step in `env` may read. */
  protected seen({ sees, board, around }: Env): object {
    return { ...around, ...Object.fromEntries(sees.filter((name) => board.has(name)).map((name) => [name, board.get(name)])) };
  }
}

const errorOf = (result: unknown) => (result as { readonly error?: Failure } | undefined)?.error;
const hiding = (failure: Failure, others: readonly Failure[]): Failure => ({ ...failure, suppressed: [...failure.suppressed, ...others] });

import type { Result } from "neverthrow";
import { definitionAlone } from "../agent/alone.ts";
import { executablePlan } from "../execute/run/executable-plan.ts";
import { BuildError } from "../plan/build-error.ts";
import { executableOf } from "../plan/executable.ts";
import type { Definition } from "../plan/node.ts";
import type { AnyPlan } from "../plan/plan.ts";
import type { Agent } from "../types/executable.ts";
import type { AnyFailure, OpenWait, RunFailure } from "../types/failure.ts";
import type { RunOptions } from "../types/options.ts";
import type { Run } from "../types/run.ts";

/** What a worker may run: plans, and agents and teams as the plans of one step that they are by themselves. */
export type Workable = AnyPlan | Agent<unknown, unknown>;

/** How a run went that was resumed. */
export type Resumed = Result<Run<unknown, object>, RunFailure<unknown, object> | Suspending>;
type Suspending = Extract<AnyFailure, { readonly type: "suspended" }> & { readonly waits: readonly OpenWait[] };

/** A plan that can go on with runs that were begun before. */
export interface Resumable {
  resume(runId: string, options: RunOptions): PromiseLike<Resumed>;
}

/** The structure of a plan, an agent or a team. Throws a `BuildError` for anything else. */
export function definitionOf(value: unknown): Definition {
  const executable = executableOf(value);
  if (executable?.kind === "plan") return executable.definition;
  if (executable?.kind === "agent" || executable?.kind === "team") return definitionAlone(executable);
  throw new BuildError("a plan, an agent or a team", value, { advice: "give what .build() returns" });
}

/** Plans by their names, which is how a journal knows them. */
export function plansByName(given: unknown): ReadonlyMap<string, Resumable> {
  if (!Array.isArray(given) || given.length === 0)
    throw new BuildError("an array of at least one plan to work for", given, { advice: "worker([article], { journal })" });
  const plans = new Map<string, { readonly value: unknown; readonly plan: Resumable }>();
  for (const value of given) {
    const definition = definitionOf(value);
    const before = plans.get(definition.name);
    if (before !== undefined && before.value !== value)
      throw new BuildError("plans of different names", definition.name, {
        advice: "a journal knows them by name alone: rename one of the two",
      });
    // A plan may be of another copy of the package, whose own executor runs it.
    plans.set(definition.name, { value, plan: ("resume" in value ? value : executablePlan(definition)) as Resumable });
  }
  return new Map([...plans].map(([name, { plan }]) => [name, plan]));
}

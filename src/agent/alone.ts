import { executablePlan } from "../execute/run/executable-plan.ts";
import { makeExecutable, type RoutineExecutable } from "../plan/executable.ts";
import { noLimits } from "../plan/limits.ts";
import type { Definition } from "../plan/node.ts";
import type { RunOptions } from "../types/options.ts";

interface Alone {
  readonly name: string;
  run(input: unknown, options?: RunOptions): unknown;
}

/** An agent or a team as the plan of one step that it is by itself. */
export function definitionAlone(executable: RoutineExecutable): Definition {
  const { name } = executable;
  const node = Object.freeze({ kind: "step", id: name, exec: executable, limits: noLimits } as const);
  return Object.freeze({ name, root: Object.freeze([node]), input: undefined, output: undefined, state: undefined });
}

/** An agent or a team as its users hold it: a step of workflows, and by itself a plan of one step. */
export function alone(executable: RoutineExecutable): Alone {
  const { name } = executable;
  const plan = executablePlan(definitionAlone(executable)) as Alone;
  return makeExecutable({ name, run: (input: unknown, options?: RunOptions) => plan.run(input, options) }, executable);
}

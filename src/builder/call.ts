import { BuildError } from "../plan/build-error.ts";
import { type Executable, executableOf } from "../plan/executable.ts";
import { checkOptions, noLimits, readLimits } from "../plan/limits.ts";
import type { CallNode, Undo, UserFunction } from "../plan/node.ts";
import { checkState } from "../plan/state.ts";
import type { Schema } from "../types/schema.ts";

export function readFunction(value: unknown, what: string, step: string): UserFunction {
  if (typeof value !== "function") throw new BuildError(`${what} of step ${JSON.stringify(step)} to be a function`, value, { step });
  return value as UserFunction;
}

export function readSchema(value: unknown, what: string, step?: string): Schema {
  const standard = (value as Partial<Schema> | null | undefined)?.["~standard"];
  if (typeof standard?.validate !== "function") {
    throw new BuildError(`${what} to be a Standard Schema`, value, {
      step,
      advice: "use zod, valibot, arktype or any validator of https://standardschema.dev",
    });
  }
  return value as Schema;
}

const armOptions = ["timeout", "retries", "input", "output", "undo"] as const;
export const stepOptions = [...armOptions, "state"] as const;

/** One call of a function or an executable value, under a name. */
export function readCall(id: string, exec: unknown, options: unknown, known: readonly string[] = armOptions): CallNode {
  const executable = readExecutable(id, exec);
  const limits = executable.kind === "step" ? executable.limits : noLimits;
  // Most steps have none, and long chains are built of them.
  if (options === undefined) return Object.freeze({ kind: "step", id, exec: executable, limits });
  const given = checkOptions(options, known, id);
  const { input, output, undo, state } = given;
  if (input !== undefined && executable.kind === "function") {
    throw new BuildError(`step ${JSON.stringify(id)} to have no "input"`, input, {
      step: id,
      advice: "a function reads what it needs from its context; only step values, agents and plans take an input",
    });
  }
  if (output !== undefined && executable.kind !== "function" && executable.kind !== "step") {
    throw new BuildError(`step ${JSON.stringify(id)} to have no "output"`, output, {
      step: id,
      advice: "an agent or a plan declares its own output",
    });
  }
  return Object.freeze({
    kind: "step",
    id,
    exec: executable,
    limits: readLimits(given, id, limits),
    ...(input === undefined ? {} : { input: readFunction(input, '"input"', id) }),
    ...(output === undefined ? {} : { output: readSchema(output, `"output" of step ${JSON.stringify(id)}`, id) }),
    ...(undo === undefined ? {} : { undo: readUndo(undo, id) }),
    ...(state === undefined ? {} : { state: readSubState(state, executable, id) }),
  });
}

function readExecutable(id: string, exec: unknown): Executable {
  const executable =
    executableOf(exec) ?? (typeof exec === "function" ? Object.freeze({ kind: "function", run: exec as never } as const) : undefined);
  if (executable !== undefined) return executable;
  throw new BuildError(`step ${JSON.stringify(id)} to run a function, an agent, a team, a step() value or a plan`, exec, { step: id });
}

const undoTimeout = 30_000;

function readUndo(undo: unknown, step: string): Undo {
  if (typeof undo === "function")
    return Object.freeze({ run: undo as UserFunction, limits: Object.freeze({ timeout: undoTimeout, retry: undefined }) });
  const given = checkOptions(undo, ["run", "timeout", "retries"], step, `"undo"`);
  const run = readFunction(given["run"], `"undo"`, step);
  return Object.freeze({ run, limits: readLimits(given, step, { timeout: undoTimeout, retry: undefined }) });
}

function readSubState(state: unknown, executable: Executable, step: string): object | UserFunction {
  if (executable.kind !== "plan")
    throw new BuildError(`step ${JSON.stringify(step)} to have no "state"`, state, {
      step,
      advice: "only a sub-workflow has a state of its own",
    });
  return typeof state === "function" ? (state as UserFunction) : checkState(state, executable.definition, step);
}

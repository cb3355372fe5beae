import { BuildError } from "../plan/build-error.ts";
import { type Executable, executableOf } from "../plan/executable.ts";
import { isPlainObject } from "../plan/frozen.ts";
import { checkOptions, noLimits, readLimits } from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { Arm, Body, CallNode, Undo, UserFunction } from "../plan/node.ts";
import { checkState } from "../plan/state.ts";
import type { Schema } from "../types/schema.ts";
import { Claims, type Holder, type Steps, type Taken } from "./name-table.ts";

/** Starts a nested chain, and reads one back; the chain gives this, so that it and this file need not know each other. */
export interface Nest {
  open(taken: Taken): object;
  /** The steps of a chain that grew out of `opened`; undefined for anything else. */
  stepsOf(value: unknown, opened: object): Steps | undefined;
}

export interface Place {
  /** The step that the arms belong to. */
  readonly id: string;
  readonly taken: Taken;
  readonly nest: Nest;
}

const own = ["do", "input", "timeout", "retries", "undo"] as const;

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

/** The names that an arm's nested chain makes visible, with the arm itself. */
export interface ReadArm {
  readonly arm: Arm;
  readonly inner: readonly (readonly [name: string, holder: Holder])[];
}

/** What stands under a key of an arms object: a function, an executable value, `{ do }`, `{ flow }` or a nested chain. */
export function readArm(key: string, value: unknown, place: Place, opened?: object): ReadArm {
  const { body, inner } = readBody(key, value, place, `arm ${JSON.stringify(key)}`, opened);
  return { arm: Object.freeze({ key, body }), inner };
}

export function readBody(
  id: string,
  value: unknown,
  place: Place,
  what: string,
  opened?: object,
): { readonly body: Body; readonly inner: ReadArm["inner"] } {
  const grown = opened === undefined ? undefined : place.nest.stepsOf(value, opened);
  if (grown !== undefined) return flow(grown);
  if (isPlain(value) && "flow" in value) return flow(readFlow(value, place, what));
  const call =
    isPlain(value) && "do" in value ? readCall(id, value["do"], withoutDo(value, place.id, what)) : readCall(id, value, undefined);
  return { body: Object.freeze({ kind: "call", node: call }), inner: [] };
}

function flow(steps: Steps): { readonly body: Body; readonly inner: ReadArm["inner"] } {
  return { body: Object.freeze({ kind: "flow", nodes: steps.nodes() }), inner: [...steps.names()] };
}

function readFlow(value: Readonly<Record<string, unknown>>, place: Place, what: string): Steps {
  checkOptions(value, ["flow"], place.id, what);
  const build = value["flow"];
  if (typeof build !== "function")
    throw new BuildError(`"flow" in ${what} of step ${JSON.stringify(place.id)} to be a function of a builder`, build, { step: place.id });
  const opened = place.nest.open(place.taken);
  const grown: unknown = build(opened);
  const steps = place.nest.stepsOf(grown, opened);
  if (steps === undefined)
    throw new BuildError(`the flow in ${what} of step ${JSON.stringify(place.id)} to return the builder it was given, extended`, grown, {
      step: place.id,
      advice: "write { flow: (b) => b.then(...) }",
    });
  return steps;
}

function withoutDo(value: Readonly<Record<string, unknown>>, step: string, what: string): object {
  checkOptions(value, own, step, what);
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== "do"));
}

/** Reads arms that run together: each key and each inner name must be new, among all of them. */
export function readTogether(
  entries: readonly (readonly [key: string, value: unknown])[],
  place: Place,
  opened?: object,
): { readonly arms: readonly Arm[]; readonly claims: Claims } {
  const claims = claimGroup(place);
  for (const [key] of entries)
    claims.claim(
      checkName(key, `an arm's name in step ${JSON.stringify(place.id)}`),
      { step: place.id, arm: true },
      () => `the arm name ${JSON.stringify(key)} of step ${JSON.stringify(place.id)}`,
    );
  const arms = entries.map(([key, value]) => {
    const read = readArm(key, value, { ...place, taken: claims }, opened);
    for (const [name, holder] of read.inner) claims.claim(name, holder);
    return read.arm;
  });
  return { arms: Object.freeze(arms), claims };
}

/** Reads arms of which some are taken: their keys are no step names. `exclusive` arms may share inner names. */
export function readApart(
  entries: readonly (readonly [key: string, value: unknown])[],
  place: Place,
  exclusive: boolean,
): { readonly arms: readonly Arm[]; readonly claims: Claims } {
  const claims = claimGroup(place);
  const before = new Claims(place.taken);
  before.share(place.id, { step: place.id, arm: false });
  const arms = entries.map(([key, value]) => {
    const read = readArm(checkName(key, `an arm's name in step ${JSON.stringify(place.id)}`), value, {
      ...place,
      taken: exclusive ? before : claims,
    });
    for (const [name, holder] of read.inner) claims.share(name, holder);
    return read.arm;
  });
  return { arms: Object.freeze(arms), claims };
}

export function claimGroup(place: Place): Claims {
  const claims = new Claims(place.taken);
  claims.claim(place.id, { step: place.id, arm: false });
  return claims;
}

/**
 * The entries of an arms object, in the order in which they were written. A promise, a map or an instance has no arms to
 * show: taken for an object of arms, it would count as none.
 */
export function entriesOf(arms: unknown, step: string, what = "its arms"): readonly (readonly [string, unknown])[] {
  if (!isPlain(arms) || !isPlainObject(arms))
    throw new BuildError(`step ${JSON.stringify(step)} to have ${what} in an object`, arms, { step });
  return Object.entries(arms);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && executableOf(value) === undefined;
}

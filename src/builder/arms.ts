import { BuildError } from "../plan/build-error.ts";
import { executableOf } from "../plan/executable.ts";
import { isPlainObject } from "../plan/frozen.ts";
import { checkOptions } from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { Arm, Body, BranchNode, CallNode, GroupNode, RouteAllNode, RouteByNode, RouteNode } from "../plan/node.ts";
import { readCall } from "./call.ts";
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

/** What stands under a key of an object of arms. */
export type ArmEntry = readonly [key: string, value: unknown];

/** The arms of a step, and the names that they take. */
interface ReadArms {
  readonly arms: readonly Arm[];
  readonly claims: Claims;
}

/** A step of whose arms some are taken, as it is before they are read. */
export type Apart = Omit<BranchNode, "arms"> | Omit<RouteNode, "arms"> | Omit<RouteAllNode, "arms"> | Omit<RouteByNode, "arms">;

const doOptions = ["do", "input", "timeout", "retries", "undo"] as const;

/** A body, with the names that its nested chain makes visible. */
interface ReadBody {
  readonly body: Body;
  readonly inner: readonly (readonly [name: string, holder: Holder])[];
}

function readArm(key: string, value: unknown, place: Place, opened?: object): { readonly arm: Arm; readonly inner: ReadBody["inner"] } {
  const { body, inner } = readBody(key, value, place, `arm ${JSON.stringify(key)}`, opened);
  return { arm: Object.freeze({ key, body }), inner };
}

/** What an arm or a body may be: a function, an executable value, `{ do }`, `{ flow }` or a nested chain. */
function readBody(id: string, value: unknown, place: Place, what: string, opened?: object): ReadBody {
  const grown = opened === undefined ? undefined : place.nest.stepsOf(value, opened);
  if (grown !== undefined) return flow(grown);
  if (isPlain(value) && "flow" in value) return flow(readFlow(value, place, what));
  let call: CallNode;
  if (isPlain(value) && "do" in value) {
    const { do: exec, ...options } = checkOptions(value, doOptions, place.id, what);
    call = readCall(id, exec, options);
  } else call = readCall(id, value, undefined);
  return { body: Object.freeze({ kind: "call", node: call }), inner: [] };
}

function flow(steps: Steps): ReadBody {
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

/** Reads the arms of a group: an object of them, an array of `step()` values, or a function of a builder that gives either. */
export function readGroup(kind: GroupNode["kind"], arms: unknown, place: Place): ReadArms {
  const { id } = place;
  const opened = typeof arms === "function" ? place.nest.open(claimGroup(place)) : undefined;
  const given: unknown = typeof arms === "function" ? arms(opened) : arms;
  const read = readTogether(Array.isArray(given) ? byId(given, id) : entriesOf(given, id), place, opened);
  if (kind === "race" && read.arms.length === 0)
    throw new BuildError(`step ${JSON.stringify(id)} to have at least one arm`, given, {
      step: id,
      advice: "a race without arms can have no winner",
    });
  return read;
}

/** Reads arms that run together: each key and each inner name must be new, among all of them. */
function readTogether(entries: readonly ArmEntry[], place: Place, opened?: object): ReadArms {
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
export function readApart(entries: readonly ArmEntry[], place: Place, exclusive: boolean): ReadArms {
  const claims = claimGroup(place);
  const taken = exclusive ? claimGroup(place) : claims;
  const arms = entries.map(([key, value]) => {
    const read = readArm(checkName(key, `an arm's name in step ${JSON.stringify(place.id)}`), value, {
      ...place,
      taken,
    });
    for (const [name, holder] of read.inner) claims.share(name, holder);
    return read.arm;
  });
  return { arms: Object.freeze(arms), claims };
}

function claimGroup(place: Place): Claims {
  const claims = new Claims(place.taken);
  claims.claim(place.id, { step: place.id, arm: false });
  return claims;
}

/** The body of a loop or a map, and the names that it takes: those inside are its own where `closed`. */
export function readRepeated(body: unknown, place: Place, closed: boolean): { readonly body: Body; readonly claims: Claims } {
  const claims = claimGroup(place);
  const read = readBody(place.id, body, { ...place, taken: claims }, "the body");
  if (!closed) for (const [name, holder] of read.inner) claims.share(name, holder);
  return { body: read.body, claims };
}

/**
 * The entries of an arms object, in the order in which they were written. A promise, a map or an instance has no arms to
 * show: taken for an object of arms, it would count as none.
 */
export function entriesOf(arms: unknown, step: string): readonly ArmEntry[] {
  if (!isPlain(arms) || !isPlainObject(arms))
    throw new BuildError(`step ${JSON.stringify(step)} to have its arms in an object`, arms, { step });
  return Object.entries(arms);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && executableOf(value) === undefined;
}

/** Arms given as an array of `step()` values go by their ids. */
function byId(arms: readonly unknown[], step: string): readonly ArmEntry[] {
  return arms.map((arm, index) => {
    const executable = executableOf(arm);
    if (executable?.kind !== "step")
      throw new BuildError(`arm ${index} of step ${JSON.stringify(step)} to be a step() value`, arm, {
        step,
        advice: "give arms of other kinds a name in an object",
      });
    return [executable.id, arm];
  });
}

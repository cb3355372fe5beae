import type { Executable } from "../plan/executable.ts";
import { encodeSegment } from "../plan/names.ts";
import type { Definition } from "../plan/node.ts";
import { CALL, END, type Entry, Op, type Program, ROUTINE, SUB } from "./op.ts";
import type { Host, Routine } from "./routine.ts";

/** What a routine starts beside others: an agent, a team or a plan, and what it is given. */
export interface Started {
  /** Tells it from the others of its group. */
  readonly key: string;
  readonly name: string;
  /** Where it runs, below the routine's own path. */
  readonly segment: string;
  readonly exec: Executable;
  /** Gives its input, as a leaf of its own: it may be asynchronous, and hand back an `Err`. */
  readonly input: Op["run"];
}

/**
 * An arm that a routine makes on the way: an agent, a team or a plan with its input, in a program of its own, so that its
 * steps have the run's permits, signal, budget and trace like any other's.
 */
export function startedArm({ limits }: Host, { key, name, segment, exec, input }: Started): Entry {
  const op = operationOf(exec, name, segment, limits);
  op.leaf = new Op(CALL, op.kind, name, encodeSegment(name));
  op.leaf.run = input;
  op.leaf.role = 'the "input"';
  op.leaf.quiet = op.leaf.inPlace = true;
  const body: Program = { ...bare, ops: [op, new Op(END, "step", "", "")] };
  return { key, segment: "", at: 0, leaf: undefined, slot: -1, slots: [0, 0], body };
}

function operationOf(exec: Executable, name: string, segment: string, limits: Host["limits"]): Op {
  if (exec.kind === "plan") {
    const sub = new Op(SUB, "workflow", name, segment);
    sub.definition = exec.definition;
    return sub;
  }
  if (exec.kind !== "agent" && exec.kind !== "team") throw new TypeError(`Expected an agent, a team or a plan, got a ${exec.kind}`);
  const routine = new Op(ROUTINE, "agent", name, segment, limits);
  routine.routine = exec.begin as Routine;
  return routine;
}

const definition: Definition = Object.freeze({
  name: "",
  root: Object.freeze([]),
  input: undefined,
  output: undefined,
  state: undefined,
});

/** It keeps nothing by name, and its state is that of the chain that the routine runs in. */
const bare: Omit<Program, "ops"> = Object.freeze({
  names: [],
  blank: [],
  slotsOf: () => [],
  merge: new Map(),
  state: Object.freeze({}),
  stateful: false,
  definition,
  outer: undefined,
});

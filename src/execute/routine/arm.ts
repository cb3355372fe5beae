import type { Executable } from "../../plan/executable.ts";
import type { Definition } from "../../plan/node.ts";
import type { ExecutionKind } from "../../types/trace.ts";
import { CALL, END, type Entry, GROUP, Op, type Program, ROUTINE, SUB } from "../values/op.ts";
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
  /** Makes what the arm gives of its output, which is the leaf's `last`; the output itself unless told. */
  readonly output?: Op["run"];
  /** What the trace calls it, where not by what it runs. */
  readonly kind?: ExecutionKind;
  /** Ms that all of it may take, from its input on; undefined for no limit of its own. */
  readonly timeout?: number | undefined;
}

/** An arm that is a single call. */
export function leafArm(key: string, leaf: Op): Entry {
  return { key, segment: "", at: -1, leaf, slot: -1, slots: [0, 0] };
}

/** An arm that is one operation of any kind, in a program of its own. */
export function operationArm(key: string, op: Op): Entry {
  return arm(key, [op, new Op(END, "step", "", "")]);
}

/**
 * An arm that a routine makes on the way: an agent, a team or a plan with its input, in a program of its own, so that its
 * steps have the run's permits, signal, budget and trace like any other's.
 */
export function startedArm({ limits }: Host, { key, name, segment, exec, input, output, kind, timeout }: Started): Entry {
  const inner = operationOf(exec, name, segment, limits, kind);
  inner.role = name;
  inner.leaf = quiet(name, 'the "input"', input);
  const op = timeout === undefined ? inner : limited(inner, timeout);
  const end = new Op(END, "step", "", "");
  if (output === undefined) return arm(key, [op, end]);
  const made = quiet(name, "the output", output, segment);
  made.inPlace = false;
  return arm(key, [op, made, end]);
}

/** The same under a time limit: a group of one, which has its record in its place. */
function limited(inner: Op, timeout: number): Op {
  const once = new Op(GROUP, inner.kind, inner.id, inner.segment, { timeout, retry: undefined });
  once.mode = "once";
  once.role = inner.role;
  inner.inPlace = inner.quiet = true;
  once.entries = [operationArm("", inner)];
  // It stands first in its arm: what follows it there is next.
  once.target = 1;
  return once;
}

function arm(key: string, ops: readonly Op[]): Entry {
  const body: Program = { ...bare, ops };
  return { key, segment: "", at: 0, leaf: undefined, slot: -1, slots: [0, 0], body };
}

function quiet(name: string, role: string, run: Op["run"], segment = ""): Op {
  const leaf = new Op(CALL, "agent", name, segment);
  leaf.run = run;
  leaf.role = role;
  leaf.quiet = leaf.inPlace = true;
  return leaf;
}

function operationOf(exec: Executable, name: string, segment: string, limits: Host["limits"], kind: ExecutionKind | undefined): Op {
  if (exec.kind === "plan") {
    const sub = new Op(SUB, kind ?? "workflow", name, segment);
    sub.definition = exec.definition;
    return sub;
  }
  if (exec.kind !== "agent" && exec.kind !== "team") throw new TypeError(`Expected an agent, a team or a plan, got a ${exec.kind}`);
  const routine = new Op(ROUTINE, kind ?? exec.kind, name, segment, limits);
  routine.routine = exec.begin as Routine;
  return routine;
}

const definition: Definition = /* @__PURE__ */ Object.freeze({
  name: "",
  root: Object.freeze([]),
  input: undefined,
  output: undefined,
  state: undefined,
});

/** It keeps nothing by name, and its state is that of the chain that the routine runs in. */
const bare: Omit<Program, "ops"> = /* @__PURE__ */ Object.freeze({
  names: [],
  blank: [],
  slotsOf: () => [],
  merge: new Map(),
  state: Object.freeze({}),
  stateful: false,
  definition,
  outer: undefined,
});

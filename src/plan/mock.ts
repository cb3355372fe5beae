import { match } from "ts-pattern";
import { BuildError, Shown } from "./build-error.ts";
import type { StepExecutable } from "./executable.ts";
import { noLimits } from "./limits.ts";
import { nearest } from "./names.ts";
import type { Arm, Body, CallNode, Definition, Node } from "./node.ts";

type Mocks = ReadonlyMap<string, unknown>;

/** The plan with some steps stood in for: the same names, nesting and order, so that a run of it is told by the same paths. */
export function mocked(definition: Definition, given: unknown): Definition {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new BuildError('the run option "mock" to be an object with steps\' ids as keys', given);
  const mocks: Mocks = new Map(Object.entries(given));
  const used = new Set<string>();
  const known: string[] = [];
  const root = nodes(definition.root, { mocks, used, known });
  for (const id of mocks.keys()) {
    if (used.has(id)) continue;
    const near = nearest(id, known);
    throw new BuildError(`the run option "mock" to name steps of plan ${JSON.stringify(definition.name)}`, id, {
      advice: near === undefined ? `they are ${known.join(", ")}` : `did you mean ${JSON.stringify(near)}?`,
    });
  }
  return Object.freeze({ ...definition, root });
}

interface Walk {
  readonly mocks: Mocks;
  readonly used: Set<string>;
  /** What could be stood in for. */
  readonly known: string[];
}

function nodes(list: readonly Node[], walk: Walk): readonly Node[] {
  return Object.freeze(list.map((node) => Object.freeze(replaced(node, walk))));
}

function replaced(node: Node, walk: Walk): Node {
  return match(node)
    .with({ kind: "step" }, (call) => inPlaceOf(call, walk) ?? call)
    .with(
      { kind: "branch" },
      { kind: "route" },
      { kind: "routeBy" },
      { kind: "routeAll" },
      // These arms have no names of their own: what they give is the group's.
      (group): Node => inPlaceOf(group, walk) ?? { ...group, arms: group.arms.map((arm) => ({ ...arm, body: chain(arm.body, walk) })) },
    )
    .with({ kind: "race" }, (group): Node => inPlaceOf(group, walk) ?? { ...group, arms: arms(group.arms, walk) })
    .with({ kind: "map" }, (map) => inPlaceOf(map, walk) ?? map)
    .with({ kind: "parallel" }, { kind: "settle" }, (group) => {
      refuse(group, walk, () => `its arms: ${group.arms.map(({ key }) => key).join(", ")}`);
      return { ...group, arms: arms(group.arms, walk) };
    })
    .with({ kind: "loop" }, (loop): Node => {
      const { body } = loop;
      if (body.kind === "call") return inPlaceOf(loop, walk) ?? loop;
      refuse(loop, walk, () => `the steps of its body: ${body.nodes.map(({ id }) => id).join(", ")}`);
      return { ...loop, body: chain(body, walk) };
    })
    .with({ kind: "catch" }, (handler): Node => {
      const run = standIn(handler.id, walk);
      return run === undefined
        ? handler
        : { ...handler, handler: ((context: { failure: never }) => run(context.failure, context as never)) as never };
    })
    .with({ kind: "tap" }, { kind: "sleep" }, (quiet) => {
      refuse(quiet, walk, () => "a step that has an output");
      return quiet;
    })
    .exhaustive();
}

function arms(list: readonly Arm[], walk: Walk): readonly Arm[] {
  return list.map((arm) => ({
    ...arm,
    body: arm.body.kind === "flow" ? chain(arm.body, walk) : { kind: "call", node: inPlaceOf(arm.body.node, walk) ?? arm.body.node },
  }));
}

function chain(body: Body, walk: Walk): Body {
  return body.kind === "flow" ? { kind: "flow", nodes: nodes(body.nodes, walk) } : body;
}

/** The step that runs instead of a node, if one does. What is around the call stays: its input, limits and undo. */
function inPlaceOf(node: Node, walk: Walk): CallNode | undefined {
  const run = standIn(node.id, walk);
  if (run === undefined) return undefined;
  const exec: StepExecutable = { kind: "step", id: node.id, run, limits: noLimits };
  if (node.kind !== "step") return { kind: "step", id: node.id, exec, limits: noLimits };
  if (node.exec.kind !== "plan") return { ...node, exec };
  // A plan of one step, so that `steps[id]` is an output and its steps, as a sub-workflow's is.
  const root = Object.freeze([{ kind: "step", id: "mock", exec, limits: noLimits } as const]);
  const { state: _, ...around } = node;
  return { ...around, exec: { kind: "plan", definition: { ...node.exec.definition, root, input: undefined, output: undefined } } };
}

function standIn(id: string, { mocks, used, known }: Walk): StepExecutable["run"] | undefined {
  known.push(id);
  if (!mocks.has(id)) return undefined;
  used.add(id);
  const mock = mocks.get(id);
  return typeof mock === "function" ? (mock as StepExecutable["run"]) : () => mock;
}

function refuse({ id, kind }: Node, { mocks }: Walk, instead: () => string): void {
  if (mocks.has(id))
    throw new BuildError('the run option "mock" to name steps that can be stood in for', new Shown(`${JSON.stringify(id)}, a ${kind}`), {
      step: id,
      advice: `mock ${instead()}`,
    });
}

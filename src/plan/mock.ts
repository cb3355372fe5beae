import { BuildError } from "./build-error.ts";
import { checkOptions, noLimits } from "./limits.ts";
import type { Arm, CallNode, Definition, Kind, Node } from "./node.ts";

type StandIn = (input: never, tools: never) => unknown;

/** What can be stood in for: the node as a whole, arms that have names of their own, both, or neither. */
const parts: { readonly [K in Kind]: readonly [whole: boolean, arms?: boolean] } = {
  step: [true],
  catch: [true],
  map: [true],
  loop: [true],
  branch: [true],
  route: [true],
  routeBy: [true],
  routeAll: [true],
  race: [true, true],
  wait: [true],
  // Their arms' outputs would be missing.
  parallel: [false, true],
  settle: [false, true],
  tap: [false],
  sleep: [false],
};

/** The plan with some steps stood in for: the same names, nesting and order, so that a run of it is told by the same paths. */
export function mocked(definition: Definition, mocks: object): Definition {
  const what = 'the run option "mock"';
  const has = (id: string) => Object.hasOwn(Object(mocks), id);
  const known: string[] = [];

  function nodes(list: readonly Node[]): readonly Node[] {
    return list.map((node) => {
      const [whole, named] = parts[node.kind];
      const body = "body" in node && node.kind === "loop" && node.body.kind === "flow" ? node.body : undefined;
      if (whole && body === undefined) {
        const run = standIn(node.id);
        if (run !== undefined) return stoodInFor(node, run);
      } else if (has(node.id)) {
        throw new BuildError(`${what} to name no ${node.kind}`, node.id, { step: node.id, advice: "mock the steps inside it" });
      }
      if (body !== undefined) return { ...node, body: { kind: "flow", nodes: nodes(body.nodes) } } as Node;
      return "arms" in node ? ({ ...node, arms: node.arms.map((arm) => inside(arm, named)) } as Node) : node;
    });
  }

  function inside(arm: Arm, named: boolean | undefined): Arm {
    const { key, body } = arm;
    if (body.kind === "flow") return { key, body: { kind: "flow", nodes: nodes(body.nodes) } };
    const run = named ? standIn(key) : undefined;
    return run === undefined ? arm : { key, body: { kind: "call", node: stoodInFor(body.node, run) as CallNode } };
  }

  function standIn(id: string): StandIn | undefined {
    known.push(id);
    if (!has(id)) return undefined;
    const mock = (mocks as Record<string, unknown>)[id];
    return typeof mock === "function" ? (mock as StandIn) : () => mock;
  }

  const root = nodes(definition.root);
  checkOptions(mocks, known, undefined, what);
  return { ...definition, root };
}

/** What runs in a node's place. What is around a step's call stays: its input, limits and undo. */
function stoodInFor(node: Node, run: StandIn): Node {
  const { id, kind } = node;
  if (kind === "catch") return { ...node, handler: (context: { failure: never }) => run(context.failure, context as never) };
  const exec = { kind: "step", id, run, limits: noLimits } as const;
  if (kind !== "step") return { kind: "step", id, exec, limits: noLimits };
  if (node.exec.kind !== "plan") return { ...node, exec };
  // A plan of one step, so that `steps[id]` is an output and its steps, as a sub-workflow's is.
  const root: readonly Node[] = [{ kind: "step", id: "mock", exec, limits: noLimits }];
  const { state: _, ...around } = node;
  return { ...around, exec: { kind: "plan", definition: { ...node.exec.definition, root, input: undefined, output: undefined } } };
}

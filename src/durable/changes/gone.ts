import { noLimits } from "../../plan/limits.ts";
import type { Arm, Body, CallNode, Node } from "../../plan/node.ts";
import type { ShapeKind, ShapeNode, ShapePart } from "../../plan/shape.ts";

/**
 * What stands for a step that a plan no longer has, or has as something else: of the same shape, so that a replay goes
 * through it as it did, and without anything that could be called. What an agent did cannot be gone through without it.
 */
export function gone(node: ShapeNode): Node {
  return made[node.kind](node);
}

function never(): never {
  throw new Error("Expected a step that is no longer there not to be called");
}

const unlimited = { timeout: undefined, concurrency: Number.POSITIVE_INFINITY };
const anything = { "~standard": { version: 1, vendor: "heddle", validate: (value: unknown) => ({ value }) } } as const;

const leaf = ({ id }: ShapeNode): CallNode => ({ id, kind: "step", exec: { kind: "function", run: never }, limits: noLimits });
const armsOf = ({ parts }: ShapeNode): readonly Arm[] => parts.map((part) => ({ key: part.key, body: bodyOf(part) }));
const onlyBody = ({ parts: [part] }: ShapeNode): Body => (part === undefined ? { kind: "flow", nodes: [] } : bodyOf(part));
const nodesOf = ({ parts: [part] }: ShapeNode): readonly Node[] => part?.nodes.map(gone) ?? [];

function bodyOf({ form, nodes }: ShapePart): Body {
  const [node] = nodes;
  return form === "call" && node !== undefined ? { kind: "call", node: gone(node) as CallNode } : { kind: "flow", nodes: nodes.map(gone) };
}

const made: { readonly [K in ShapeKind]: (node: ShapeNode) => Node } = {
  "step/function": leaf,
  "step/agent": leaf,
  "step/team": leaf,
  "step/plan": (node) => {
    const definition = { name: node.id, root: nodesOf(node), input: undefined, output: undefined, state: undefined };
    return { id: node.id, kind: "step", exec: { kind: "plan", definition }, limits: noLimits };
  },
  tap: (node) => ({ ...leaf(node), kind: "tap" }),
  parallel: (node) => ({ id: node.id, kind: "parallel", arms: armsOf(node), ...unlimited }),
  settle: (node) => ({ id: node.id, kind: "settle", arms: armsOf(node), ...unlimited }),
  race: (node) => ({ id: node.id, kind: "race", arms: armsOf(node), ...unlimited }),
  branch: (node) => ({ id: node.id, kind: "branch", when: never, limits: noLimits, arms: armsOf(node) }),
  route: (node) => ({ id: node.id, kind: "route", select: never, limits: noLimits, arms: armsOf(node) }),
  routeAll: (node) => ({ id: node.id, kind: "routeAll", select: never, limits: noLimits, arms: armsOf(node), ...unlimited }),
  routeBy: (node) => ({ id: node.id, kind: "routeBy", discriminant: "", arms: armsOf(node) }),
  loop: (node) => {
    const until = { until: never, limits: noLimits, max: Number.POSITIVE_INFINITY, onLimit: "continue" } as const;
    return { id: node.id, kind: "loop", body: onlyBody(node), ...until };
  },
  map: (node) => ({ id: node.id, kind: "map", items: never, body: onlyBody(node), limits: noLimits, concurrency: unlimited.concurrency }),
  catch: ({ id }) => ({ id, kind: "catch", handler: never, limits: noLimits, undo: false }),
  sleep: ({ id }) => ({ id, kind: "sleep", duration: Number.POSITIVE_INFINITY }),
  wait: ({ id }) => ({ id, kind: "wait", schema: anything, show: undefined, timeout: undefined }),
};

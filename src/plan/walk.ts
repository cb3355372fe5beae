import { match } from "ts-pattern";
import type { Arm, Body, Definition, Node } from "./node.ts";

/** A part inside a node: an arm, a body, or the plan that a step runs. */
export interface Part {
  /** The arm's name; "do" for the body of a loop or a map, and for a sub-workflow. */
  readonly key: string;
  readonly body: Body | undefined;
  readonly plan: Definition | undefined;
}

/** What a node has inside, in declared order. */
export function partsOf(node: Node): readonly Part[] {
  return match(node)
    .with({ kind: "step" }, { kind: "tap" }, ({ exec }) =>
      exec.kind === "plan" ? [{ key: "do", body: undefined, plan: exec.definition }] : [],
    )
    .with(
      { kind: "parallel" },
      { kind: "settle" },
      { kind: "race" },
      { kind: "branch" },
      { kind: "route" },
      { kind: "routeAll" },
      { kind: "routeBy" },
      ({ arms }) => arms.map(armPart),
    )
    .with({ kind: "loop" }, { kind: "map" }, ({ body }) => [{ key: "do", body, plan: undefined }])
    .with({ kind: "catch" }, { kind: "sleep" }, { kind: "wait" }, () => [])
    .exhaustive();
}

function armPart({ key, body }: Arm): Part {
  return { key, body, plan: undefined };
}

export function nodesOf({ body, plan }: Part): readonly Node[] {
  if (plan !== undefined) return plan.root;
  if (body === undefined) return [];
  return body.kind === "flow" ? body.nodes : [body.node];
}

/** Tells a part that is a chain from one that is a single call. */
export function isChain({ body, plan }: Part): boolean {
  return plan !== undefined || body?.kind === "flow";
}

/** Goes through nodes from the outside in and in order, without recursion: plans may nest thousands deep. */
export function walk(
  nodes: readonly Node[],
  visit: { enter(node: Node): void; part(part: Part): void; leavePart(part: Part): void; leave(node: Node): void },
): void {
  const tasks: (() => void)[] = [];
  /** Plans these, in order, before all that is planned already. */
  const next = (list: readonly (() => void)[]) => {
    for (const task of list.toReversed()) tasks.push(task);
  };
  const through = (node: Node) => () => {
    visit.enter(node);
    next([...partsOf(node).map(into), () => visit.leave(node)]);
  };
  const into = (part: Part) => () => {
    visit.part(part);
    next([...nodesOf(part).map(through), () => visit.leavePart(part)]);
  };
  next(nodes.map(through));
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) task();
}

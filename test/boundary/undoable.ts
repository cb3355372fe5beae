import type { Body, NodeSpec, Outcome, PlanSpec, RunSpec } from "../reference/description.ts";

/** Executions that are done and can be undone, and are not, in a run that has failed for good: by their paths. */
export function notUndone({ plan }: RunSpec, { failure, trace }: Outcome): readonly string[] {
  if (failure === undefined) return [];
  const undoable = new Set<string>();
  collect(plan, undoable);
  const undone = new Set(trace.filter(({ kind }) => kind === "undo").map(({ path }) => effectOf(path)));
  return trace
    .filter(({ status, path, kind }) => status === "completed" && undoable.has(nameOf(path, kind)))
    .map(({ path }) => `${effectOf(path)}/undo`)
    .filter((path) => !undone.has(path));
}

/** All attempts at something are one effect. */
const effectOf = (path: string): string => path.replace(/~\d+/g, "");

/** What tells a step from all others: its id, for an arm of a choice with its key, and whether it is a body. */
function nameOf(path: string, kind: string): string {
  const last = path.replace(/~\d+/g, "").match(/(?:^|\/)((?:[^/]+\/)?(?:yes|no|a|b|c)|[^/]+)$/)?.[1] ?? "";
  const body = /[#[]/.test(last.slice(last.lastIndexOf("/") + 1)) && kind !== "loop" && kind !== "map";
  return `${last.replace(/[#[]\d+\]?/g, "")}${body ? ".body" : ""}`;
}

function collect({ nodes }: PlanSpec, into: Set<string>): void {
  for (const node of nodes) inNode(node, into);
}

function inNode(node: NodeSpec, into: Set<string>): void {
  if ("undo" in node && typeof node.undo === "object") into.add(node.id);
  if (node.kind === "plan") collect(node.plan, into);
  if ("body" in node) inBody(node.body, `${node.id}.body`, into);
  const isNamed = ["parallel", "settle", "race"].includes(node.kind);
  if ("arms" in node) for (const { key, body } of node.arms) inBody(body, isNamed ? key : `${node.id}/${key}`, into);
}

function inBody(body: Body, name: string, into: Set<string>): void {
  if (body.kind === "flow") {
    for (const node of body.nodes) inNode(node, into);
    return;
  }
  if (body.undo !== undefined) into.add(name);
  if (body.kind === "plan") collect(body.plan, into);
}

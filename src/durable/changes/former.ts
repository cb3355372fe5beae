import type { Arm, Body, CallNode, Definition, Node } from "../../plan/node.ts";
import { kindOf, type Shape, type ShapeNode, type ShapePart } from "../../plan/shape.ts";
import { gone } from "./gone.ts";

/**
 * A plan in the shape that it had, with what it does now: a replay of it shows where a run stands that was begun with that
 * shape. Where the plan has nothing of the kind any more stands what `gone` makes.
 */
export function formerly(definition: Definition, shape: Shape): Definition {
  return { ...definition, root: chain(shape.nodes, definition.root) };
}

function chain(before: readonly ShapeNode[], now: readonly Node[]): readonly Node[] {
  const byId = new Map(now.map((node) => [node.id, node]));
  return before.map((node) => like(node, byId.get(node.id)));
}

function like(before: ShapeNode, now: Node | undefined): Node {
  if (now === undefined || kindOf(now) !== before.kind) return gone(before);
  if ("arms" in now) return { ...now, arms: before.parts.map((part) => arm(part, now.arms)) } as Node;
  const [part] = before.parts;
  if (part === undefined) return now;
  if ("body" in now) return { ...now, body: body(part, now.body) };
  if (!("exec" in now) || now.exec.kind !== "plan") return now;
  const { definition } = now.exec;
  return { ...now, exec: { ...now.exec, definition: { ...definition, root: chain(part.nodes, definition.root) } } };
}

function arm(part: ShapePart, now: readonly Arm[]): Arm {
  return { key: part.key, body: body(part, now.find(({ key }) => key === part.key)?.body) };
}

function body(part: ShapePart, now: Body | undefined): Body {
  const [node] = part.nodes;
  if (part.form === "chain") return { kind: "flow", nodes: chain(part.nodes, now?.kind === "flow" ? now.nodes : []) };
  if (node === undefined) return { kind: "flow", nodes: [] };
  return { kind: "call", node: like(node, now?.kind === "call" && now.node.id === node.id ? now.node : undefined) as CallNode };
}

import type { Change } from "./diff.ts";
import { pathInside, pathOfArm, pathOfNode, type Shape, type ShapeNode, type ShapePart } from "./shape.ts";

/** How far a run has come, by paths without turns, items and attempts. */
export interface Reached {
  /** Something of it is recorded, or a wait or sleep is under way in it. */
  reached(path: string): boolean;
  /** It has ended, one way or another. */
  done(path: string): boolean;
  /** An arm that a branch or a selector has not taken: its path ends with its name. */
  skipped(path: string): boolean;
  /** The run has ended for good. */
  readonly over: boolean;
}

/**
 * How much of something a run depends on. `open`: it is under way; `done`: it has ended, so that nothing may come to it;
 * `whole`: it may run again, or is what was decided for, so that all of it has to stay.
 */
type Hold = "open" | "done" | "whole";

/**
 * Tells which changes a run cannot be resumed with, by where it is: what it has been through has to be as it was, in every
 * chain up to the last step that it has come to; arms that begin together stay as they are once one of them has begun; arms
 * taken and bodies begun stay whole.
 */
export function fixed(shape: Shape, at: Reached): (change: Change) => boolean {
  /** Up to which place a list of steps or arms has to stay. */
  const limits = new Map<Change["within"], number>();
  const branches = new Map<Change["within"], (change: Change) => boolean>();
  const tasks: { readonly hold: Hold; readonly path: string; readonly part: ShapePart; readonly owner: ShapeNode }[] = [];

  function chain(within: Shape | ShapePart, nodes: readonly ShapeNode[], hold: Hold, path: (node: ShapeNode) => string): void {
    const last = hold === "open" ? nodes.findLastIndex((node) => at.reached(path(node))) : nodes.length - 1;
    limits.set(within, hold === "open" ? last : Number.POSITIVE_INFINITY);
    for (const node of nodes.slice(0, last + 1)) {
      const own = path(node);
      const rest = hold !== "open" || node !== nodes[last] || at.done(own) ? "done" : "open";
      inside(node, own, hold === "whole" ? "whole" : rest);
    }
  }

  function inside(node: ShapeNode, path: string, hold: Hold): void {
    const decides = node.kind === "branch" || node.kind === "route" || node.kind === "routeBy";
    if (decides && hold !== "whole") return decided(node, path);
    limits.set(node, Number.POSITIVE_INFINITY);
    const body = node.kind === "loop" || node.kind === "map" ? "whole" : hold;
    for (const part of node.parts) tasks.push({ hold: body, path, part, owner: node });
  }

  function decided(node: ShapeNode, path: string): void {
    const skips = (part: ShapePart) => at.skipped(pathOfArm(path, part));
    const enters = (part: ShapePart) => at.reached(pathOfArm(path, part));
    const isDecided = node.parts.some((part) => skips(part) || enters(part));
    const taken = isDecided ? node.parts.find((part) => !skips(part)) : undefined;
    if (taken !== undefined) tasks.push({ hold: "whole", path, part: taken, owner: node });
    // Where no arm was taken, none may come that would have been.
    branches.set(node, ({ type, name }) => isDecided && (taken === undefined ? type === "added" : type !== "moved" && name === taken.key));
  }

  chain(shape, shape.nodes, at.over ? "done" : "open", (node) => pathOfNode("", node));
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    const { hold, path, part, owner } = task;
    chain(part, part.nodes, hold, (node) => pathOfNode(pathInside(path, owner, part), node, owner, part));
  }
  return (change) => branches.get(change.within)?.(change) ?? change.at <= (limits.get(change.within) ?? -1);
}

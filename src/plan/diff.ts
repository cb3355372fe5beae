import { align } from "./sequence.ts";
import { pathInside, pathOfArm, pathOfNode, type Shape, type ShapeNode, type ShapePart } from "./shape.ts";

/** What differs between two shapes of a plan, in one place. */
export interface Change {
  readonly type: "added" | "removed" | "renamed" | "moved" | "altered";
  /** Whether it is a step, an arm, or the plan itself. */
  readonly of: "step" | "arm" | "plan";
  /** Where: the path of the old one, or of the new one where it is added. Without turns, items and attempts. */
  readonly path: string;
  /** Its name, in the new plan where it is added. */
  readonly name: string;
  /** Its new name where it is renamed; what it has become where it is altered. */
  readonly to: string | undefined;
  /** What it is in: a shape or a part for steps, a node for arms. */
  readonly within: Shape | ShapePart | ShapeNode;
  /** The first place in the old list that it concerns: what comes before that is as it was. */
  readonly at: number;
}

interface Named {
  readonly name: string;
  /** What has to be equal for two to be the same thing. */
  readonly sort: string;
  readonly path: string;
}

/** What has become of a plan: pure, in about the time that reading both takes. */
export function diff(before: Shape, after: Shape): readonly Change[] {
  const changes: Change[] = [];
  if (before.name !== after.name)
    changes.push({ type: "renamed", of: "plan", path: "", name: before.name, to: after.name, within: before, at: -1 });
  type Pair = { readonly old: ShapeNode; readonly now: ShapeNode; readonly path: string };
  const pairs: Pair[] = [];
  const chains = (within: Shape | ShapePart, old: readonly ShapeNode[], now: readonly ShapeNode[], path: (node: ShapeNode) => string) => {
    const named = (node: ShapeNode): Named => ({ name: node.id, sort: node.kind, path: path(node) });
    const same = compare("step", within, old.map(named), now.map(named), changes);
    for (const [one, other] of same.reverse()) {
      const [a, b] = [old[one] as ShapeNode, now[other] as ShapeNode];
      pairs.push({ old: a, now: b, path: path(a) });
    }
  };
  chains(before, before.nodes, after.nodes, (node) => pathOfNode("", node));
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const { old, now, path } = pair;
    const named = (part: ShapePart): Named => ({
      name: part.key,
      sort: part.form === "plan" ? `the plan ${JSON.stringify(part.plan)}` : formNames[part.form],
      path: part.form === "plan" ? path : pathOfArm(path, part),
    });
    for (const [one, other] of compare("arm", old, old.parts.map(named), now.parts.map(named), changes).reverse()) {
      const [a, b] = [old.parts[one] as ShapePart, now.parts[other] as ShapePart];
      chains(a, a.nodes, b.nodes, (node) => pathOfNode(pathInside(path, old, a), node, old, a));
    }
  }
  return changes;
}

const formNames = { chain: "several steps", call: "one call" } as const;

/** Adds what differs between two lists, and hands back which are the same thing in both. */
function compare(
  of: "step" | "arm",
  within: Change["within"],
  old: readonly Named[],
  now: readonly Named[],
  changes: Change[],
): [number, number][] {
  const { to, kept, before } = align(
    old.map(({ name }) => name),
    now.map(({ name }) => name),
  );
  const same: [number, number][] = [];
  const found: Change[] = [];
  const add = (type: Change["type"], { name, path }: Named, at: number, into?: string) =>
    found.push({ type, of, path, name, to: into, within, at });
  /** New ones that are not there by name, by the place that they stand before and what they are; the last one first. */
  const fresh = new Map<string, number[]>();
  const names = new Set(old.map(({ name }) => name));
  for (let index = now.length - 1; index >= 0; index--) {
    const { name, sort } = now[index] as Named;
    if (names.has(name)) continue;
    const place = `${before[index]} ${sort}`;
    const there = fresh.get(place);
    if (there === undefined) fresh.set(place, [index]);
    else there.push(index);
  }
  // From the back: the place that a removed one stood before is that of the next one that was kept.
  let place = old.length;
  const gone: { readonly index: number; readonly place: number }[] = [];
  for (let index = old.length - 1; index >= 0; index--) {
    if (kept.has(index)) place = index;
    else if (to[index] === -1) gone.push({ index, place });
  }
  for (const { index, place } of gone.reverse()) {
    const one = old[index] as Named;
    // The best guess: what stands in the same gap and is of the same kind has another name now.
    const other = fresh.get(`${place} ${one.sort}`)?.pop();
    if (other === undefined) add("removed", one, index);
    else {
      add("renamed", one, index, now[other]?.name);
      same.push([index, other]);
    }
  }
  for (const [index, one] of old.entries()) {
    const other = to[index] as number;
    if (other === -1) continue;
    const { sort } = now[other] as Named;
    if (!kept.has(index)) add("moved", one, Math.min(index, before[other] as number));
    if (sort !== one.sort) add("altered", one, index, sort);
    else same.push([index, other]);
  }
  for (const index of [...fresh.values()].flat().sort((a, b) => a - b)) add("added", now[index] as Named, before[index] as number);
  changes.push(...found.sort((a, b) => a.at - b.at));
  return same.sort(([a], [b]) => a - b);
}

import { encodeSegment } from "./names.ts";
import type { Definition, Kind, Node } from "./node.ts";
import { isChain, walk } from "./walk.ts";

/** One letter for each kind of node, as it is kept. Those that are in journals never change their meaning. */
const letters: { readonly [K in Exclude<Kind, "step">]: string } & { readonly [K in StepKind]: string } = {
  "step/function": "f",
  "step/agent": "a",
  "step/team": "t",
  "step/plan": "w",
  tap: "e",
  parallel: "p",
  settle: "s",
  race: "r",
  branch: "b",
  route: "o",
  routeAll: "O",
  routeBy: "y",
  loop: "l",
  map: "m",
  catch: "c",
  sleep: "z",
  wait: "q",
};

type StepKind = "step/function" | "step/agent" | "step/team" | "step/plan";
export type ShapeKind = keyof typeof letters;

const kindOfLetter = (letter: string | undefined): ShapeKind | undefined =>
  (Object.keys(letters) as ShapeKind[]).find((kind) => letters[kind] === letter);

/** What the fingerprint of a plan covers: names, kinds, nesting and order. */
export interface Shape {
  readonly name: string;
  readonly nodes: readonly ShapeNode[];
}

export interface ShapeNode {
  readonly id: string;
  readonly kind: ShapeKind;
  /** Arms, the body of a loop or a map, or what a sub-workflow consists of. */
  readonly parts: readonly ShapePart[];
}

export interface ShapePart {
  /** The arm's name; "do" for a body and for a sub-workflow. */
  readonly key: string;
  readonly form: "chain" | "call" | "plan";
  /** The sub-workflow's name. */
  readonly plan: string | undefined;
  readonly nodes: readonly ShapeNode[];
}

export function kindOf(node: Node): ShapeKind {
  if (node.kind !== "step") return node.kind;
  const { kind } = node.exec;
  return `step/${kind === "step" ? "function" : kind}`;
}

const known = new WeakMap<Definition, string>();

/**
 * A plan's shape as text: its name, then a line for each node (its kind's letter and its id), each part (`>` a chain, `.` a
 * call, `@` a sub-workflow, and a name) and each end of a part (`<`). Names have no line breaks.
 */
export function shapeText(definition: Definition): string {
  const found = known.get(definition);
  if (found !== undefined) return found;
  const lines = [definition.name];
  walk(definition.root, {
    enter: (node) => lines.push(letters[kindOf(node)] + node.id),
    part: (part) => lines.push(part.plan !== undefined ? `@${part.plan.name}` : (isChain(part) ? ">" : ".") + part.key),
    leavePart: () => lines.push("<"),
    leave: () => {},
  });
  const text = lines.join("\n");
  known.set(definition, text);
  return text;
}

/** The shape that a text of `shapeText` tells of. */
export function readShape(text: string): Shape {
  const [name = "", ...lines] = text.split("\n");
  const root: ShapeNode[] = [];
  const around: ShapeNode[][] = [];
  let nodes = root;
  for (const line of lines) {
    const rest = line.slice(1);
    const form = forms.get(line[0] as string);
    if (line === "<") nodes = around.pop() ?? root;
    else if (form !== undefined) {
      const isPlan = form === "plan";
      const part = { key: isPlan ? "do" : rest, form, plan: isPlan ? rest : undefined, nodes: [] };
      (nodes.at(-1)?.parts as ShapePart[] | undefined)?.push(part);
      around.push(nodes);
      nodes = part.nodes;
    } else nodes.push({ id: rest, kind: kindOfLetter(line[0]) ?? "step/function", parts: [] });
  }
  return { name, nodes: root };
}

const forms: ReadonlyMap<string, ShapePart["form"]> = new Map([
  [">", "chain"],
  [".", "call"],
  ["@", "plan"],
]);

/** Where the nodes of a part are, in a path without turns, items and attempts; what to put a node's own segment after. */
export function pathInside(path: string, { kind }: ShapeNode, part: ShapePart): string {
  return part.form === "chain" && kind !== "loop" && kind !== "map" ? `${path}/${encodeSegment(part.key)}` : path;
}

/** A node's path, where `inside` is what it stands in. What a loop or a map calls has no segment of its own. */
export function pathOfNode(inside: string, node: ShapeNode, owner?: ShapeNode, part?: ShapePart): string {
  if (part?.form === "call" && (owner?.kind === "loop" || owner?.kind === "map")) return inside;
  return inside === "" ? encodeSegment(node.id) : `${inside}/${encodeSegment(node.id)}`;
}

/** How an arm as such is told: its path ends with its name, also where its one step has that path. */
export function pathOfArm(path: string, { key }: ShapePart): string {
  return `${path}/${encodeSegment(key)}`;
}

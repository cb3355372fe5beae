import type { Definition, Node } from "../node.ts";
import { nodesOf, type Part, partsOf } from "../walk.ts";

/**
 * The plan as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). Names are data: whatever they hold is
 * shown, and none of it is taken as markup.
 */
export function toMermaid(definition: Definition): string {
  const drawing = new Drawing();
  const start = drawing.node("([", definition.name, "])");
  const last = drawing.chain(definition.root, [{ from: start }]);
  const end = drawing.node("((", "end", "))");
  drawing.join(last, end);
  return `flowchart TD\n${drawing.lines.map((line) => `  ${line}\n`).join("")}`;
}

/** An arrow that waits for its target. */
interface Loose {
  readonly from: string;
  readonly label?: string;
}

class Drawing {
  readonly lines: string[] = [];
  #count = 0;

  node(open: string, text: string, close: string): string {
    const id = `n${this.#count++}`;
    this.lines.push(`${id}${open}${quote(text)}${close}`);
    return id;
  }

  join(loose: readonly Loose[], to: string): void {
    for (const { from, label } of loose) this.lines.push(label === undefined ? `${from} --> ${to}` : `${from} -->|${quote(label)}| ${to}`);
  }

  chain(nodes: readonly Node[], entering: readonly Loose[]): readonly Loose[] {
    let loose = entering;
    for (const node of nodes) loose = this.#draw(node, loose);
    return loose;
  }

  #draw(node: Node, entering: readonly Loose[]): readonly Loose[] {
    const parts = partsOf(node);
    const [open, close] = shapes[node.kind];
    const id = this.node(open, labelOf(node), close);
    this.join(entering, id);
    if (node.kind === "branch" && parts.length === 1)
      return [...this.#part(parts[0] as Part, { from: id, label: "yes" }), { from: id, label: "no" }];
    if (node.kind === "loop") {
      const end = this.#part(parts[0] as Part, { from: id });
      for (const { from } of end) this.lines.push(`${from} -.->|${quote(`again, at most ${node.max}`)}| ${id}`);
      return [{ from: id, label: "done" }];
    }
    if (parts.length === 0) return [{ from: id }];
    const labelled = node.kind !== "map" && node.kind !== "step";
    return parts.flatMap((part) => this.#part(part, labelled ? { from: id, label: part.key } : { from: id }));
  }

  #part(part: Part, entering: Loose): readonly Loose[] {
    if (part.plan !== undefined) {
      // A plan inside is drawn in a box of its own, and not opened further down than one may read.
      const id = this.node("[[", part.plan.name, "]]");
      this.join([entering], id);
      return [{ from: id }];
    }
    return this.chain(nodesOf(part), [entering]);
  }
}

const shapes: { readonly [Kind in Node["kind"]]: readonly [open: string, close: string] } = {
  step: ["[", "]"],
  tap: ["[/", "/]"],
  parallel: ["{{", "}}"],
  settle: ["{{", "}}"],
  race: ["{{", "}}"],
  branch: ["{", "}"],
  route: ["{", "}"],
  routeAll: ["{", "}"],
  routeBy: ["{", "}"],
  loop: ["{{", "}}"],
  map: ["[\\", "\\]"],
  catch: [">", "]"],
  sleep: ["(", ")"],
  wait: ["[/", "\\]"],
};

function labelOf(node: Node): string {
  if (node.kind === "step") return node.exec.kind === "function" || node.exec.kind === "step" ? node.id : `${node.id} (${node.exec.kind})`;
  return `${node.id} (${node.kind})`;
}

/** Mermaid's own entity codes, by number: no character of a name can end the text or begin a tag. */
function quote(text: string): string {
  return `"${text.replace(/[^\p{L}\p{N} _.,()-]/gu, (character) => `#${character.codePointAt(0)};`)}"`;
}

import type { Definition } from "./node.ts";
import { isChain, walk } from "./walk.ts";

const known = new WeakMap<Definition, string>();

/**
 * Names, kinds, nesting and order as a SHA-256 hash, cut to 32 hexadecimal digits. Functions, prompts and options do not
 * count: a better prompt is the same plan.
 */
export function fingerprintOf(definition: Definition): string {
  let print = known.get(definition);
  if (print === undefined) {
    print = hash(definition);
    known.set(definition, print);
  }
  return print;
}

function hash(definition: Definition): string {
  // Not imported: it costs every program that never asks for a fingerprint some ms at its start.
  const sha = process.getBuiltinModule("node:crypto").createHash("sha256");
  // JSON strings end where they end: no two structures write the same text.
  const write = (...words: string[]) => sha.update(JSON.stringify(words));
  write("heddle", "1", definition.name);
  walk(definition.root, {
    enter: (node) =>
      write("node", node.kind === "step" ? `step/${node.exec.kind === "step" ? "function" : node.exec.kind}` : node.kind, node.id),
    part: (part) => write("part", part.key, isChain(part) ? "chain" : "call", part.plan?.name ?? ""),
    leavePart: () => write("/part"),
    leave: () => write("/node"),
  });
  return sha.digest("hex").slice(0, 32);
}

import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Definition } from "../../plan/node.ts";
import { readShape, type Shape, shapeText } from "../../plan/shape.ts";

/** Longer ones are kept packed: a plan of 10,000 steps takes some ten thousand characters. */
const longest = 2_000;

/** A plan's shape as a run keeps it. Names have no line breaks, so that no plain one begins with one. */
export function keptShape(definition: Definition): string {
  const text = shapeText(definition);
  return text.length <= longest ? text : `\n${deflateRawSync(text).toString("base64")}`;
}

export function shapeOf(kept: string): Shape {
  return readShape(kept.startsWith("\n") ? inflateRawSync(Buffer.from(kept.slice(1), "base64")).toString() : kept);
}

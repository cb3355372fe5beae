import { types } from "node:util";
import type { Encoder } from "./encode.ts";

/**
 * Memory as base64. A view that covers its buffer refers to it, so that views that share one still do; a window on a larger
 * buffer keeps its own bytes alone: what else is in there (Node's pool for small buffers, say) is nobody's output.
 * Named fields on a view are left out, since asking for them takes a second per million of elements.
 */
export function bytesOf(encoder: Encoder, object: ArrayBufferView | ArrayBuffer, name: string): unknown {
  const buffer = ArrayBuffer.isView(object) ? object.buffer : object;
  if (types.isSharedArrayBuffer(buffer)) return ["text", encoder.refuse("shared memory", "return a copy of it")];
  if (buffer.resizable) return ["text", encoder.refuse("memory that can be resized", "return a copy of it")];
  if (buffer.detached) return ["text", encoder.refuse("memory that was handed to somebody else", "return a copy of it")];
  if (!ArrayBuffer.isView(object)) return [name, Buffer.from(buffer).toString("base64")];
  if (Object.getOwnPropertySymbols(object).length > 0) encoder.refuse(`a ${name} with fields of its own`, "return plain data");
  const { byteOffset, byteLength } = object;
  return [name, encoder.cell(byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength), "buffer")];
}

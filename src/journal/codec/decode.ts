import { Err, Ok } from "neverthrow";
import { constructorOf, errorNames, version, viewNames } from "./builtin.ts";
import { setField } from "./encode.ts";

type Fields = Record<string, unknown>;

/** Makes every node first and fills them afterwards, so that cycles and depth need no care. */
export class Decoder {
  readonly #root: unknown;
  readonly #nodes: readonly unknown[];
  readonly #made: unknown[];

  constructor(parsed: unknown) {
    if (!Array.isArray(parsed) || parsed.length < 2) throw new TypeError("something else");
    if (parsed[0] !== version) throw new TypeError(`one in version ${JSON.stringify(parsed[0])} of the format`);
    this.#root = parsed[1];
    this.#nodes = parsed.slice(2);
    this.#made = new Array(this.#nodes.length);
  }

  decode(): unknown {
    for (let at = 0; at < this.#nodes.length; at++) this.#make(at);
    for (let at = 0; at < this.#nodes.length; at++) this.#fill(this.#nodes[at], this.#made[at]);
    return this.#value(this.#root);
  }

  #value(cell: unknown): unknown {
    if (!Array.isArray(cell)) {
      if (typeof cell === "object" && cell !== null) throw new TypeError("an object where a reference belongs");
      return cell;
    }
    const [word] = cell as readonly unknown[];
    if (typeof word === "number") {
      if (!(word in this.#nodes)) throw new TypeError(`a reference to ${word}, which is not there`);
      return this.#made[word];
    }
    switch (word) {
      case "undefined":
        return undefined;
      case "NaN":
        return Number.NaN;
      case "Infinity":
        return Number.POSITIVE_INFINITY;
      case "-Infinity":
        return Number.NEGATIVE_INFINITY;
      case "-0":
        return -0;
      case "bigint":
        return BigInt(cell[1] as string);
      default:
        throw new TypeError(`the unknown word ${JSON.stringify(word)}`);
    }
  }

  #make(at: number): unknown {
    // A view asks for its buffer, which may come later.
    if (this.#made[at] === undefined) this.#made[at] = this.#shell(this.#nodes[at]);
    return this.#made[at];
  }

  /** Plain objects and dense arrays are what JSON.parse made of them, filled in place. */
  #shell(node: unknown): unknown {
    if (typeof node !== "object" || node === null) throw new TypeError("a node that is none");
    if (!Array.isArray(node)) return node;
    const [tag, first, second] = node as readonly unknown[];
    if (Array.isArray(tag)) return tag;
    if (typeof tag !== "string") throw new TypeError("a node without a tag");
    if (viewNames.has(tag)) return this.#view(tag, first);
    switch (tag) {
      case "null":
        return Object.create(null);
      case "Array": {
        const array: unknown[] = [];
        array.length = first as number;
        return array;
      }
      case "Date":
        return new Date((first as number | null) ?? Number.NaN);
      case "Map":
        return new Map();
      case "Set":
        return new Set();
      case "RegExp":
        return new RegExp(first as string, second as string);
      case "URL":
        return new URL(first as string);
      case "URLSearchParams":
        return new URLSearchParams(first as string);
      case "ArrayBuffer":
        return memory(first);
      case "Ok":
        return new Ok(undefined);
      case "Err":
        return new Err(undefined);
      case "text":
        return String(first);
      case "Error":
      case "DOMException":
        return emptyError(tag, first, second);
      default:
        throw new TypeError(`the unknown tag ${JSON.stringify(tag)}`);
    }
  }

  #view(name: string, content: unknown): object {
    const at: unknown = Array.isArray(content) ? content[0] : undefined;
    const node = this.#nodes[at as number];
    if (!Array.isArray(node) || node[0] !== "ArrayBuffer") throw new TypeError("a view on something else than memory");
    const buffer = this.#make(at as number);
    if (name === "Buffer") return Buffer.from(buffer as ArrayBuffer);
    const View = constructorOf(name);
    if (View === undefined) throw new TypeError(`a ${name}, which this version of Node does not have`);
    return new View(buffer);
  }

  #fill(node: unknown, made: unknown): void {
    if (!Array.isArray(node)) return this.#fields(node as Fields, node as Fields);
    if (Array.isArray(node[0])) {
      const cells = node[0] as unknown[];
      for (let index = 0; index < cells.length; index++) cells[index] = this.#value(cells[index]);
      return;
    }
    switch (node[0]) {
      case "null":
        return this.#fields(node[1] as Fields, made as Fields);
      case "Array":
        return this.#fields(node[2] as Fields, made as Fields);
      case "Map": {
        const cells = node[1] as readonly unknown[];
        for (let index = 0; index < cells.length; index += 2)
          (made as Map<unknown, unknown>).set(this.#value(cells[index]), this.#value(cells[index + 1]));
        return;
      }
      case "Set":
        for (const cell of node[1] as readonly unknown[]) (made as Set<unknown>).add(this.#value(cell));
        return;
      case "RegExp":
        (made as RegExp).lastIndex = this.#value(node[3]) as number;
        return;
      case "Ok":
        (made as { value: unknown }).value = this.#value(node[1]);
        return;
      case "Err":
        (made as { error: unknown }).error = this.#value(node[1]);
        return;
      case "Error":
        return this.#errorFields(made as object, node[2] as Fields, node[3] as Fields);
      case "DOMException":
        return this.#errorFields(made as object, node[3] as Fields, node[4] as Fields);
    }
  }

  #fields(cells: Fields, into: Fields): void {
    for (const key of Object.keys(cells)) setField(into, key, this.#value(cells[key]));
  }

  #errorFields(error: object, listed: Fields, hidden: Fields): void {
    for (const [fields, enumerable] of [[hidden, false] as const, [listed, true] as const])
      for (const key of Object.keys(fields))
        Object.defineProperty(error, key, { value: this.#value(fields[key]), enumerable, writable: true, configurable: true });
  }
}

function memory(base64: unknown): ArrayBuffer {
  if (typeof base64 !== "string") throw new TypeError("memory that is no text");
  const bytes = Buffer.from(base64, "base64");
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/** An error without a field of its own: what it had comes from the text, its stack too. */
function emptyError(tag: string, first: unknown, second: unknown): object {
  const Made = constructorOf(tag === "Error" ? String(first) : tag);
  if (Made === undefined || (tag === "Error" && !errorNames.has(String(first)))) throw new TypeError(`an error of class ${String(first)}`);
  const error = tag === "DOMException" ? new Made(first, second) : first === "AggregateError" ? new Made([]) : new Made();
  for (const key of Reflect.ownKeys(error)) if (typeof key === "string") Reflect.deleteProperty(error, key);
  return error;
}

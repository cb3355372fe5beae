import { constants } from "node:buffer";
import { types } from "node:util";
import { show } from "../../plan/show.ts";
import { builtinName, errorName, errorNames, version, viewNames } from "./builtin.ts";
import { bytesOf } from "./bytes.ts";
import { errorNode } from "./encode-error.ts";
import { type Piece, pathOf } from "./path.ts";

/** What stands for a value where it is used: itself, `[name]` for what JSON has no word for, `[number]` for a node. */
export type Cell = string | number | boolean | null | readonly [number] | readonly [string, string?];

/** What stands for an object or a function wherever it is met; undefined where that is itself. */
export type StandIn = (met: object) => { readonly value: unknown } | undefined;

/** Says that a value is not data. Never leaves the codec. */
export class Refused {
  readonly path: string;
  readonly got: string;
  readonly advice: string;

  constructor(path: string, got: string, advice: string) {
    this.path = path;
    this.got = got;
    this.advice = advice;
  }
}

/** How a value is written. */
interface Manner {
  readonly lenient: boolean;
  readonly standIn?: StandIn | undefined;
  readonly thrown?: unknown;
}

/**
 * Writes `[version, cell, node, node, …]`: every object is a node of its own, and refers to others by number. So depth
 * costs no stack, sharing and cycles need no care, and whatever data looks like, it is never taken for a tag: objects of
 * the user are JSON objects, arrays are in an array of their own (`[[1, 2]]`), and tags stand first (`["Date", 0]`).
 */
export class Encoder {
  /** What cannot be kept is replaced by a text about it. */
  readonly lenient: boolean;
  readonly #standIn: StandIn | undefined;
  readonly #thrown: unknown;
  readonly #objects: object[] = [];
  readonly #numbers = new Map<object, number>();
  readonly #parents: number[] = [];
  readonly #pieces: Piece[] = [];
  /** Of all strings so far, in UTF-16 units. */
  #length = 0;
  /** The node that is being written. */
  #at = -1;

  /** `thrown`: what is no data, and keeps its fields all the same. */
  constructor({ lenient, standIn, thrown }: Manner) {
    this.lenient = lenient;
    this.#standIn = standIn;
    this.#thrown = thrown;
  }

  encode(value: unknown): string {
    const text: unknown[] = [version, this.cell(value, [""])];
    for (this.#at = 0; this.#at < this.#objects.length; this.#at++) text.push(this.#node(this.#objects[this.#at] as object));
    // Said before gigabytes are written in vain.
    if (this.#length > constants.MAX_STRING_LENGTH) throw new RangeError("Invalid string length");
    return JSON.stringify(text);
  }

  /** Where the node that is being written is in the value. */
  get path(): string {
    return pathOf(this.#at, this.#parents, this.#pieces);
  }

  cell(given: unknown, piece: Piece): Cell {
    const value = this.#standIn === undefined ? given : standing(given, this.#standIn);
    switch (typeof value) {
      case "string":
        this.#length += value.length;
        return value;
      case "boolean":
        return value;
      case "number":
        if (!Number.isFinite(value)) return [String(value)];
        return Object.is(value, -0) ? ["-0"] : value;
      case "undefined":
        return ["undefined"];
      case "bigint":
        return ["bigint", String(value)];
      case "object":
        return value === null ? null : [this.#number(value, piece)];
      default:
        return this.refuse(show(value), "leave it out, or return what it computes", piece);
    }
  }

  /** Ends the encoding; where it is lenient, the text that stands for the value. */
  refuse(got: string, advice: string, piece?: Piece): string {
    if (this.lenient) return got;
    throw new Refused(piece === undefined ? this.path : `${this.path}${pathOf(0, [-1], [piece]).slice(1)}`, got, advice);
  }

  /** Own properties that are data, each as a cell. */
  fields(object: object, keys: readonly (string | symbol)[] = Reflect.ownKeys(object)): Record<string, Cell> {
    const fields: Record<string, Cell> = {};
    for (const key of keys) {
      const { value, enumerable, get, set } = Object.getOwnPropertyDescriptor(object, key) ?? {};
      const odd =
        typeof key === "symbol"
          ? `a property named by ${show(key)}`
          : get !== undefined || set !== undefined
            ? "a getter"
            : enumerable === true
              ? undefined
              : "a property that is not enumerable";
      if (typeof key === "symbol") this.refuse(odd as string, "return plain data");
      else setField(fields, key, odd === undefined ? this.cell(value, key) : this.refuse(odd, "return plain data", key));
    }
    return fields;
  }

  #number(object: object, piece: Piece): number {
    let number = this.#numbers.get(object);
    if (number === undefined) {
      number = this.#objects.push(object) - 1;
      this.#numbers.set(object, number);
      this.#parents.push(this.#at);
      this.#pieces.push(piece);
    }
    return number;
  }

  #node(object: object): unknown {
    if (types.isProxy(object)) return this.#stranger("a proxy");
    const prototype: object | null = Object.getPrototypeOf(object);
    if (prototype === null) return ["null", this.fields(object)];
    if (prototype === Object.prototype) return this.fields(object);
    if (types.isProxy(prototype)) return this.#stranger("an object whose prototype is a proxy");
    const name = types.isNativeError(object) ? errorName(prototype) : builtinName(prototype);
    if (name === "Object") return this.fields(object);
    if (name === "Array" && Array.isArray(object)) return this.#array(object);
    if (types.isNativeError(object) || name === "DOMException") {
      if (this.lenient || name === "DOMException" || errorNames.has(name ?? "")) return errorNode(this, object, name);
    } else if (name !== undefined) return this.#builtin(object, name);
    // What is no error and was thrown, or returned as one, keeps its fields, as an error does; what hangs on it may be half the process.
    if (object === this.#thrown && Object.keys(object).length > 0) return this.fields(object);
    return this.#stranger(show(object));
  }

  #stranger(got: string): readonly [string, string] {
    return ["text", this.refuse(got, "return plain data")];
  }

  #array(array: readonly unknown[]): unknown {
    const keys = Reflect.ownKeys(array);
    const dense = keys.length === array.length + 1;
    const cells: Cell[] = [];
    for (let index = 0; dense && index < array.length; index++) {
      const property = Object.getOwnPropertyDescriptor(array, index);
      if (property === undefined || property.enumerable !== true || property.get !== undefined || property.set !== undefined) break;
      cells.push(this.cell(property.value, index));
    }
    if (dense && cells.length === array.length) return [cells];
    // With holes or with fields of its own, as the matches of a regular expression have.
    const own = keys.filter((key) => key !== "length");
    return ["Array", array.length, this.fields(array, own)];
  }

  #builtin(object: object, name: string): unknown {
    if (viewNames.has(name) || name === "ArrayBuffer") return bytesOf(this, object as ArrayBufferView | ArrayBuffer, name);
    const own = Reflect.ownKeys(object).length;
    if (own > (name === "RegExp" || name === "Ok" || name === "Err" ? 1 : 0)) return this.#stranger(`a ${name} with fields of its own`);
    switch (name) {
      case "Date": {
        const time = Date.prototype.getTime.call(object);
        return ["Date", Number.isNaN(time) ? null : time];
      }
      case "Map": {
        const cells: Cell[] = [];
        for (const [key, value] of Map.prototype.entries.call(object) as MapIterator<[unknown, unknown]>)
          cells.push(
            this.cell(key, [`.keys()[${cells.length / 2}]`]),
            this.cell(value, typeof key === "string" ? [`.get(${JSON.stringify(key)})`] : [`.values()[${(cells.length - 1) / 2}]`]),
          );
        return ["Map", cells];
      }
      case "Set": {
        const cells: Cell[] = [];
        for (const value of Set.prototype.values.call(object) as SetIterator<unknown>)
          cells.push(this.cell(value, [`.values()[${cells.length}]`]));
        return ["Set", cells];
      }
      case "RegExp": {
        const { source, flags, lastIndex } = object as RegExp;
        return ["RegExp", source, flags, this.cell(lastIndex, "lastIndex")];
      }
      case "URL":
        return ["URL", (object as URL).href];
      case "URLSearchParams":
        return ["URLSearchParams", URLSearchParams.prototype.toString.call(object)];
      case "Ok":
        return ["Ok", this.cell((object as { value?: unknown }).value, "value")];
      case "Err":
        return ["Err", this.cell((object as { error?: unknown }).error, "error")];
      default:
        return this.#stranger(show(object));
    }
  }
}

function standing(given: unknown, standIn: StandIn): unknown {
  if ((typeof given !== "object" || given === null) && typeof given !== "function") return given;
  const found = standIn(given);
  return found === undefined ? given : found.value;
}

/** Any key is an own one, `__proto__` too. */
export function setField<T>(fields: Record<string, T>, key: string, value: T): void {
  if (key === "__proto__") Object.defineProperty(fields, key, { value, enumerable: true, writable: true, configurable: true });
  else fields[key] = value;
}

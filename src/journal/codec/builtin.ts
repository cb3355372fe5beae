import { Err, Ok } from "neverthrow";
import { BuildError } from "../../plan/build-error.ts";

/** The version of the format; a text begins with it. */
export const version = 1;

export const errorNames: ReadonlySet<string> = new Set([
  "Error",
  "AggregateError",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
  // Ours: no further attempt can mend one, and a replay has to see that too.
  "BuildError",
]);

/** Views on memory by name. Float16Array is not in every version of Node. */
export const viewNames: ReadonlySet<string> = new Set([
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Float16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Buffer",
]);

const others = ["Object", "Array", "Date", "Map", "Set", "RegExp", "URL", "URLSearchParams", "ArrayBuffer", "DOMException"];

/** A constructor of the language or the platform, or our own, by its name. */
export function constructorOf(name: string): (new (...given: unknown[]) => object) | undefined {
  if (name === "BuildError") return BuildError as new (...given: unknown[]) => object;
  return (globalThis as unknown as Record<string, (new (...given: unknown[]) => object) | undefined>)[name];
}

const named = new Map<object, string>([
  [Ok.prototype, "Ok"],
  [Err.prototype, "Err"],
]);
for (const name of [...others, ...errorNames, ...viewNames]) {
  const made = constructorOf(name);
  if (made !== undefined) named.set(made.prototype, name);
}
const names: ReadonlySet<string> = new Set(named.values());

/** The name of the class whose instances have this prototype, where it is one that the codec knows. */
export function builtinName(prototype: object): string | undefined {
  return named.get(prototype) ?? foreign(prototype);
}

/** The class that an error is of. Node's own errors are of hidden classes, which claim to be the one that they extend. */
export function errorName(prototype: object): string | undefined {
  let link = prototype;
  // No class of a user's has a getter there.
  while (Object.getOwnPropertyDescriptor(link, "constructor")?.get !== undefined) link = Object.getPrototypeOf(link) ?? Error.prototype;
  const name = builtinName(link);
  return link === prototype || errorNames.has(name ?? "") ? name : undefined;
}

/** The same of another realm: what test runners and `node:vm` hand over is not of this realm's classes. */
function foreign(prototype: object): string | undefined {
  const made = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as unknown;
  if (typeof made !== "function" || made.prototype !== prototype) return undefined;
  const name = Object.getOwnPropertyDescriptor(made, "name")?.value as unknown;
  if (typeof name !== "string" || !names.has(name)) return undefined;
  // A class of the user's may have any name, but not this source.
  return Function.prototype.toString.call(made) === `function ${name}() { [native code] }` ? name : undefined;
}

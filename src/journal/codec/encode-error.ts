import { builtinName, errorNames } from "./builtin.ts";
import { type Cell, type Encoder, setField } from "./encode.ts";

/**
 * An error of the language with all its own fields, those that can be listed and those that cannot (`message`, `stack`,
 * `cause`, `errors`). What Node hangs on its errors besides data (symbols, hidden functions) is left out.
 */
export function errorNode(encoder: Encoder, error: object, name: string | undefined): unknown {
  const listed: Record<string, Cell> = {};
  const hidden: Record<string, Cell> = {};
  for (const key of Reflect.ownKeys(error)) {
    const { enumerable, get, set, value } = Object.getOwnPropertyDescriptor(error, key) ?? {};
    // Newer versions of V8 have an accessor for it.
    if (key === "stack") setField(enumerable ? listed : hidden, key, encoder.cell((error as { stack?: unknown }).stack, key));
    else if (typeof key === "symbol" || (enumerable !== true && typeof value === "function")) {
      if (enumerable === true) encoder.refuse("an error with a field named by a symbol", "name the field by a string");
    } else if (get !== undefined || set !== undefined) {
      const got = encoder.refuse("a getter", "return plain data", key);
      setField(enumerable ? listed : hidden, key, got);
    } else setField(enumerable ? listed : hidden, key, encoder.cell(value, key));
  }
  if (name === "DOMException") {
    const { name: given, message } = error as DOMException;
    return ["DOMException", message, given, listed, hidden];
  }
  const known = name !== undefined && errorNames.has(name);
  const kind = known ? name : baseOf(error);
  if (!known && !Object.hasOwn(error, "name")) setField(hidden, "name", nameOf(error));
  return ["Error", kind, listed, hidden];
}

/** The class of the language that a class of the user's extends. */
function baseOf(error: object): string {
  for (let link: object | null = error; link !== null; link = Object.getPrototypeOf(link)) {
    const name = builtinName(link);
    if (name !== undefined && errorNames.has(name)) return name;
  }
  return "Error";
}

function nameOf(error: object): string {
  const { name } = error as { readonly name?: unknown };
  return typeof name === "string" ? name : "Error";
}

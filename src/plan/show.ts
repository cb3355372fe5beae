import { cut } from "./cut.ts";
import { executableOf } from "./executable.ts";
import { isPlainObject } from "./frozen.ts";

const longest = 120;

/** A value as a short, one-line piece of a message. Never throws, whatever proxies and getters do. */
export function show(value: unknown): string {
  try {
    return cut(describe(value), longest);
  } catch {
    return "a value that cannot be shown";
  }
}

/**
 * What an error, or anything else that was thrown or returned as one, has to say: its message, or if it has none, what it
 * consists of, as in `{ kind: "out_of_stock", sku: "A-1" }`. Never throws.
 */
export function messageOf(error: unknown): string {
  try {
    if (typeof error === "object" && error !== null) {
      if ("message" in error) {
        const { message } = error;
        if (typeof message === "string" && message !== "") return cut(message, 2_000);
      } else if (isPlainObject(error) && Object.keys(error).length > 0) return cut(contentOf(error), longest);
    }
  } catch {
    return "an error that cannot be read";
  }
  return show(error);
}

/** No getter is run: what it throws or costs is nobody's concern here. */
function contentOf(value: object): string {
  return `{ ${few(value, (key) => `${/^[\w$]+$/.test(key) ? key : JSON.stringify(key)}: ${partOf(Object.getOwnPropertyDescriptor(value, key))}`)} }`;
}

/** The first of an object's keys, each as `text` puts it. */
function few(value: object, text: (key: string) => string): string {
  const keys = Object.keys(value);
  return keys.slice(0, 5).map(text).join(", ") + (keys.length > 5 ? ", …" : "");
}

/** Objects inside are not looked into: a message is one line. */
function partOf(property: PropertyDescriptor | undefined): string {
  if (property?.get !== undefined) return "…";
  const value: unknown = property?.value;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "[…]" : "{…}";
  return describe(value);
}

function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > longest ? value.slice(0, longest) : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return value.name === "" ? "a function" : `the function ${value.name}`;
    case "object":
      return value === null ? "null" : describeObject(value);
    default:
      return String(value);
  }
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const made = Object.getPrototypeOf(value)?.constructor?.name;
  // A workflow, told by its shape, since it may come from another copy of the package.
  if ("parallel" in value && "build" in value && "name" in value)
    return `the workflow ${describe(value.name)}, which is not built: call .build() on it`;
  const executable = executableOf(value);
  if (executable !== undefined) {
    const { name, id } = value as { readonly name?: unknown; readonly id?: unknown };
    return `the ${executable.kind} ${describe(name ?? id)}`;
  }
  if (typeof made === "string" && made !== "Object" && made !== "") return `an instance of ${made}`;
  return Object.keys(value).length === 0 ? "{}" : `an object with ${few(value, String)}`;
}

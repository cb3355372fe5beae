import { cut } from "./cut.ts";

const longest = 120;

/** A value as a short, one-line piece of a message. Never throws, whatever proxies and getters do. */
export function show(value: unknown): string {
  try {
    return cut(describe(value), longest);
  } catch {
    return "a value that cannot be shown";
  }
}

/** What an error, or anything else that was thrown, has to say. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    if (typeof thrown === "object" && thrown !== null && "message" in thrown) {
      const { message } = thrown;
      if (typeof message === "string" && message !== "") return cut(message, 2_000);
    }
  } catch {
    return "an error that cannot be read";
  }
  return show(thrown);
}

/**
 * What an error says that a step returned: its message, or if it has none, what it consists of, as in
 * `{ kind: "out_of_stock", sku: "A-1" }`. No getter is run. Never throws.
 */
export function errorText(error: unknown): string {
  try {
    if (isPlain(error) && !("message" in error)) return cut(contentOf(error), longest);
  } catch {
    // A proxy: said in fewer words.
  }
  return messageOf(error);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const made: unknown = Object.getPrototypeOf(value);
  return made === null || made === Object.prototype;
}

function contentOf(value: object): string {
  const all = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(([, property]) => property.enumerable);
  const shown = all.slice(0, 5).map(([key, property]) => `${keyText(key)}: ${"value" in property ? partOf(property.value) : "…"}`);
  const more = all.length > shown.length ? ["…"] : [];
  return shown.length === 0 ? "{}" : `{ ${[...shown, ...more].join(", ")} }`;
}

/** Objects inside are not looked into: a message is one line. */
function partOf(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "[…]" : "{…}";
  return describe(value);
}

function keyText(key: string): string {
  return /^[\w$]+$/.test(key) ? key : JSON.stringify(key);
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
  if (isBuilder(value)) return `the workflow ${describe(value.name)}, which is not built`;
  if (typeof made === "string" && made !== "Object" && made !== "") return `an instance of ${made}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? "{}" : `an object with ${keys.slice(0, 5).join(", ")}${keys.length > 5 ? ", …" : ""}`;
}

/** A workflow that still lacks `.build()`, told by its shape, since it may come from another copy of the package. */
function isBuilder(value: object): value is { readonly name: unknown } {
  const made: unknown = Object.getPrototypeOf(value);
  return typeof made === "object" && made !== null && ["then", "parallel", "build"].every((method) => Object.hasOwn(made, method));
}

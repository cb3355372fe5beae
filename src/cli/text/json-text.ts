import { messageOf } from "../../plan/show.ts";

/** Beyond this many levels a reader learns nothing, and `JSON.stringify` may run out of stack. */
const deepest = 500;

/** Any value as JSON text. Never throws, whatever getters, proxies and `toJSON` methods do. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(plain(value, []), undefined, indent) ?? "null";
}

/** What JSON can hold of a value. What it cannot is put in words: `[circular]`, `[function f]`, `12n`. */
function plain(value: unknown, around: readonly object[]): unknown {
  switch (typeof value) {
    case "bigint":
      return `${value}n`;
    case "symbol":
      return String(value);
    case "function":
      return attempt(() => `[function ${value.name}]`);
    case "object":
      return value === null ? null : attempt(() => plainObject(value, around));
    default:
      return value;
  }
}

function plainObject(value: object, around: readonly object[]): unknown {
  if (around.includes(value)) return "[circular]";
  if (around.length === deepest) return `[deeper than ${deepest} levels]`;
  const within = [...around, value];
  if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON(""), within);
  if (value instanceof Error) return plainError(value, within);
  if (value instanceof Map) return Array.from(value, (entry: unknown) => plain(entry, within));
  if (value instanceof Set || ArrayBuffer.isView(value)) return Array.from(value as Iterable<unknown>, (one) => plain(one, within));
  if (Array.isArray(value)) return Array.from(value as unknown[], (one) => plain(one, within));
  return plainRecord(value, Object.keys(value), within);
}

/** An error's name, message and cause are not its own enumerable properties, and yet what there is to know. */
function plainError(error: Error, within: readonly object[]): unknown {
  const told = ["name", "message", ...("cause" in error ? ["cause"] : [])];
  const own = Object.keys(error).filter((key) => !told.includes(key));
  return plainRecord(error, [...told, ...own], within);
}

function plainRecord(value: object, keys: readonly string[], within: readonly object[]): unknown {
  return Object.fromEntries(keys.map((key) => [key, attempt(() => plain((value as Record<string, unknown>)[key], within))]));
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (thrown) {
    return `[unreadable: ${messageOf(thrown)}]`;
  }
}

/** How much of a value is shown: beyond it, a prompt helps no model. */
const deepest = 50;
const mostValues = 200_000;

/**
 * Any value as JSON that a model can read, indented by `indent`. Never throws: what JSON has no word for is named in
 * brackets, dates are ISO text, maps objects, sets lists, big integers digits.
 */
export function toJson(value: unknown, indent = 2): string {
  try {
    return JSON.stringify(plain(value, { left: mostValues, above: [] }), null, indent) ?? "null";
  } catch {
    // A text over half a billion characters, or a proxy that lies about its keys.
    return '"[a value that cannot be shown]"';
  }
}

interface Walk {
  left: number;
  readonly above: unknown[];
}

function plain(value: unknown, walk: Walk): unknown {
  if (walk.left-- <= 0) return "[more]";
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return String(value);
    case "object":
      return value === null ? null : nested(value, walk);
    default:
      return undefined;
  }
}

function nested(value: object, walk: Walk): unknown {
  if (walk.above.includes(value)) return "[circular]";
  if (walk.above.length >= deepest) return "[too deep]";
  walk.above.push(value);
  try {
    return plainObject(value, walk);
  } catch {
    return "[unreadable]";
  } finally {
    walk.above.pop();
  }
}

function plainObject(value: object, walk: Walk): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof RegExp) return String(value);
  if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON(), walk);
  if (Array.isArray(value)) return items(value, walk);
  if (value instanceof Set) return items(value, walk);
  if (value instanceof Map) return [...value.keys()].every((key) => typeof key === "string") ? entries(value, walk) : items(value, walk);
  // An error's own words are not enumerable; its stack is nobody's business.
  if (value instanceof Error) return entries([["name", value.name], ["message", value.message], ...Object.entries(value)], walk);
  const keys = Object.keys(value);
  if (keys.length === 0 && !isPlain(value)) return `[${kindOf(value)}]`;
  return entries(
    keys.map((key): [string, unknown] => [key, read(value, key)]),
    walk,
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What keeps all that it has to itself, such as a `Response` or a stream: its name tells more than an object without keys. */
function kindOf(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === "Object" ? String(value.constructor?.name || "object") : tag;
}

function items(values: Iterable<unknown>, walk: Walk): readonly unknown[] {
  const made: unknown[] = [];
  for (const value of values) {
    if (walk.left <= 0) return [...made, "[more]"];
    made.push(plain(value, walk) ?? null);
  }
  return made;
}

/** On an object without a prototype, `__proto__` is a key like any other. */
function entries(pairs: Iterable<readonly [string, unknown]>, walk: Walk): object {
  const made: Record<string, unknown> = Object.create(null);
  for (const [key, value] of pairs) {
    if (walk.left <= 0) {
      made["…"] = "[more]";
      break;
    }
    const shown = plain(value, walk);
    if (shown !== undefined) made[key] = shown;
  }
  return made;
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return "[unreadable]";
  }
}

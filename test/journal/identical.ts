import { types } from "node:util";

/**
 * Where two values differ, in prototypes, own keys with their order and kind, -0, holes, bytes, or in what is shared with
 * what; undefined where they do not. Independent of the codec, and stricter than any `equals` of a test library.
 */
export function difference(one: unknown, other: unknown): string | undefined {
  const pairs = new Map<object, object>();
  const back = new Map<object, object>();
  const pending: [string, unknown, unknown][] = [["$", one, other]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [path, a, b] = next;
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
      if (!Object.is(a, b)) return `${path}: ${String(a)} and ${String(b)}`;
      continue;
    }
    const met = pairs.get(a);
    if (met !== undefined || back.has(b)) {
      if (met !== b || back.get(b) !== a) return `${path}: shared differently`;
      continue;
    }
    pairs.set(a, b);
    back.set(b, a);
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path}: other prototypes`;
    const [keys, others] = [keysOf(a), keysOf(b)];
    if (keys.length !== others.length || keys.some((key, index) => key !== others[index]))
      return `${path}: keys ${keys.map(String)} and ${others.map(String)}`;
    for (const key of keys) {
      const enumerable = (of: object): unknown => Object.getOwnPropertyDescriptor(of, key)?.enumerable;
      if (enumerable(a) !== enumerable(b)) return `${path}.${String(key)}: listed in one only`;
      pending.push([`${path}.${String(key)}`, (a as any)[key], (b as any)[key]]);
    }
    const [inner, otherInner] = [slots(a), slots(b)];
    if (inner.length !== otherInner.length) return `${path}: ${inner.length} and ${otherInner.length} inside`;
    for (const [index, slot] of inner.entries()) pending.push([`${path}<${index}>`, slot, otherInner[index]]);
  }
  return undefined;
}

/** The keys of views are their bytes, which are compared as such. An error's hidden fields have no order that anybody sees. */
function keysOf(value: object): readonly (string | symbol)[] {
  if (ArrayBuffer.isView(value)) return [];
  const keys = Reflect.ownKeys(value);
  if (!types.isNativeError(value)) return keys;
  const listed = Object.keys(value);
  const hidden = keys.filter((key): key is string => typeof key === "string" && !listed.includes(key));
  return [...listed, ...hidden.sort()];
}

/** What is in a value besides its properties. */
function slots(value: object): readonly unknown[] {
  if (types.isDate(value)) return [value.getTime()];
  if (types.isMap(value)) return [...value].flat(1);
  if (types.isSet(value)) return [...value];
  if (types.isRegExp(value)) return [value.source, value.flags];
  if (types.isAnyArrayBuffer(value)) return [...new Uint8Array(value)];
  if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  if (value instanceof URL) return [value.href];
  if (value instanceof URLSearchParams) return [String(value)];
  if (value instanceof DOMException) return [value.name, value.message, value.code];
  return [];
}

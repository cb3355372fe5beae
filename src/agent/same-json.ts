import { fields } from "../model/read.ts";

/** Whether two values are the same JSON, in whatever order their keys stand. Values too deep to be written are not. */
export function sameJson(one: unknown, other: unknown): boolean {
  try {
    return JSON.stringify(one, sorted) === JSON.stringify(other, sorted);
  } catch {
    return false;
  }
}

function sorted(_key: string, value: unknown): unknown {
  const object = fields(value);
  // Pairs, since an object would put keys that look like numbers first, and `__proto__` nowhere.
  return object === undefined ? value : ["object", ...Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))];
}

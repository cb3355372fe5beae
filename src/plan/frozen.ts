const frozen = new WeakSet<object>();

/**
 * Plain objects and arrays are copied and frozen all the way down, so that what a step was given never changes under it
 * and the user's own objects stay as they were; anything else (dates, maps, class instances) is kept by identity.
 */
export function frozenCopy(value: unknown): unknown {
  if (typeof value !== "object" || value === null || frozen.has(value)) return value;
  return copyTree(value, new Map());
}

function copyTree(value: object, copies: Map<object, object>): object {
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (!Array.isArray(value) && !isPlainObject(value)) return value;
  // The length, since a list may end in holes.
  const copy = (Array.isArray(value) ? new Array(value.length) : {}) as Record<string, unknown>;
  copies.set(value, copy);
  for (const key of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[key];
    const copied = typeof child === "object" && child !== null && !frozen.has(child) ? copyTree(child, copies) : child;
    // Not by assignment: a key called `__proto__` is data here.
    Object.defineProperty(copy, key, { value: copied, enumerable: true, configurable: true, writable: true });
  }
  frozen.add(copy);
  return Object.freeze(copy);
}

/** Neither an instance of a class, a promise or an array: an object that a literal made, in whatever realm. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

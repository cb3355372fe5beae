// What state is made of: copies, frozen all the way down.
import { describe, expect, test } from "vitest";
import { frozenCopy } from "../../src/plan/frozen.ts";

const deep = () => ({ list: [{ a: 1 }, 2], nested: { b: { c: 3 } }, text: "t", nothing: null, none: undefined });

test("equal, another object, frozen at every level; the user's own stays as it was", () => {
  const own = deep();
  const copy = frozenCopy(own) as ReturnType<typeof deep>;
  expect(copy).toStrictEqual(deep());
  expect(copy).not.toBe(own);
  for (const level of [copy, copy.list, copy.list[0], copy.nested, copy.nested.b]) expect(Object.isFrozen(level)).toBe(true);
  own.nested.b.c = 4;
  own.list.push(5);
  expect(copy).toStrictEqual(deep());
  expect(Object.getOwnPropertyDescriptor(copy, "text")).toEqual({ value: "t", enumerable: true, configurable: false, writable: false });
});

test("a copy of a copy is that copy, whole or in parts: state that is handed on costs nothing", () => {
  const copy = frozenCopy(deep()) as ReturnType<typeof deep>;
  expect(frozenCopy(copy)).toBe(copy);
  const next = frozenCopy({ ...copy, text: "u" }) as ReturnType<typeof deep>;
  expect(next.nested).toBe(copy.nested);
  expect(next.list[0]).toBe(copy.list[0]);
});

describe("kept as they are", () => {
  class Loom {
    threads = [1];
  }
  test.each<[string, unknown]>([
    ["a primitive", 5],
    ["text", "t"],
    ["null", null],
    ["undefined", undefined],
    ["a function", () => 1],
    ["a date", new Date(0)],
    ["a map", new Map([["a", {}]])],
    ["an instance", new Loom()],
  ])("%s, alone and inside", (_, value) => {
    expect(frozenCopy(value)).toBe(value);
    expect((frozenCopy({ value }) as { value: unknown }).value).toBe(value);
    if (typeof value === "object" && value !== null) expect(Object.isFrozen(value)).toBe(false);
  });
});

test("an object without a prototype is data", () => {
  const bare = Object.assign(Object.create(null), { a: { b: 1 } });
  const copy = frozenCopy(bare) as typeof bare;
  expect(copy).not.toBe(bare);
  expect(Object.isFrozen(copy.a)).toBe(true);
});

test("circles and shared parts stay what they are", () => {
  const shared = { s: 1 };
  const circle: Record<string, unknown> = { one: shared, two: shared };
  circle["self"] = circle;
  const copy = frozenCopy(circle) as Record<string, unknown>;
  expect(copy["self"]).toBe(copy);
  expect(copy["one"]).toBe(copy["two"]);
  expect(copy["one"]).not.toBe(shared);
});

test("a list with holes has them still, at its end too", () => {
  const copy = frozenCopy([1, , 3, ,]) as unknown[];
  expect(copy).toHaveLength(4);
  expect(Object.keys(copy)).toEqual(["0", "2"]);
});

test("a key called __proto__ is data", () => {
  const copy = frozenCopy(JSON.parse('{"__proto__": {"polluted": true}}')) as Record<string, unknown>;
  expect(Object.hasOwn(copy, "__proto__")).toBe(true);
  expect(copy["polluted"]).toBeUndefined();
});

import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { err, ok } from "neverthrow";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../../src/journal/codec.ts";
import { difference } from "./identical.ts";

function again<T>(value: T): T {
  return decode(encode(value)._unsafeUnwrap())._unsafeUnwrap() as T;
}

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
}

const shared = { shared: true };
const circle: Record<string, unknown> = { name: "circle" };
circle["self"] = circle;
const ring = new Map<unknown, unknown>();
ring.set(ring, new Set([ring]));
const looped = new Error("looped");
looped.cause = looped;
const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;

const kept: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  "undefined inside": { a: undefined, b: [undefined] },
  numbers: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e21, 5e-324, 2 ** 53 + 2],
  bigints: [0n, -1n, 2n ** 200n],
  "odd strings": ["\ud800", "a\udc00b", "\0", "\u2028\u2029", "\r\n", "😀", '"\\', ""],
  dates: [new Date(0), new Date(-1), new Date(Number.NaN), new Date(8.64e15)],
  maps: new Map<unknown, unknown>([
    [{ key: 1 }, new Set([1n, new Map()])],
    [Number.NaN, -0],
    [undefined, null],
  ]),
  sets: new Set([[], {}, "a", undefined]),
  "typed arrays": [new Float32Array([1, Number.NaN, -0]), new BigInt64Array([-1n]), new Uint8ClampedArray(3), new Uint16Array()],
  "views on one memory": [buffer, new Uint8Array(buffer), new Float64Array(buffer), new DataView(buffer)],
  buffers: [Buffer.from("small"), Buffer.alloc(20_000, 7), Buffer.alloc(0)],
  errors: [
    Object.assign(new RangeError("outer", { cause: new TypeError("inner", { cause: { code: 1 } }) }), { code: "E1", at: new Date(1) }),
    new AggregateError([new SyntaxError("a"), new URIError("b")], "several"),
    Object.assign(new Error("named"), { name: "Custom" }),
    looped,
    new Error("no cause", { cause: undefined }),
  ],
  "an abort's reason": AbortSignal.abort().reason,
  "regular expressions": [/a+/giu, Object.assign(/b/g, { lastIndex: 2 }), /[/\]\n]/, /(?:)/],
  urls: [new URL("https://user@example.org:81/a%20b?c=d#e"), new URLSearchParams("a=1&a=2&b=%F0%9F%98%80")],
  "own __proto__": JSON.parse(
    '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}, "toJSON": 1, "then": 2}',
  ),
  "no prototype": Object.assign(Object.create(null), { a: 1, ["__proto__"]: 2 }),
  holes: [1, , 3, ,],
  "a long way to the next": Object.assign([], { 4000000000: "far" }),
  "a match": /(?<year>\d+)-/.exec("in 2026-11"),
  "shared twice": [shared, { again: shared }],
  circle,
  ring,
  results: [ok({ deep: ok(1) }), err(new Error("e")), ok(undefined)],
  "data like the codec's own": [["Date", 0], [0], [[1]], ["undefined"], { tag: ["Map", []] }, [1, [0], {}], ["text", "x"], ["bigint", "1"]],
  "integer keys": { 10: "a", 9: "b", z: 1, a: 2 },
};

describe("what is kept", () => {
  test.each(Object.entries(kept))("%s", (_, value) => {
    const text = encode(value)._unsafeUnwrap();
    expect(difference(again(value), value)).toBeUndefined();
    // The copy of the copy is the same text, and the text survives UTF-8.
    expect(encode(again(value))._unsafeUnwrap()).toBe(text);
    expect(Buffer.from(text).toString()).toBe(text);
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  test("errors of Node's own, with code and system call", () => {
    const missing = thrownBy(() => readFileSync("/there/is/no/such/file")) as NodeJS.ErrnoException;
    const copy = again(missing);
    expect(copy).toBeInstanceOf(Error);
    expect({ ...copy }).toEqual({ ...missing });
    expect([copy.message, copy.stack]).toEqual([missing.message, missing.stack]);
    const misuse = thrownBy(() => Buffer.alloc("x" as never)) as NodeJS.ErrnoException;
    expect(again(misuse)).toBeInstanceOf(TypeError);
    expect(again(misuse).code).toBe("ERR_INVALID_ARG_TYPE");
  });

  test("values of another realm become values of this one", () => {
    const foreign = runInNewContext(
      "({ list: [1, , 3], when: new Date(3), map: new Map([[1, new Set([2])]]), error: new RangeError('r') })",
    );
    const copy = again(foreign) as any;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(copy.when).toEqual(new Date(3));
    expect(copy.map).toEqual(new Map([[1, new Set([2])]]));
    expect(copy.error).toBeInstanceOf(RangeError);
  });

  test("a window on a larger memory keeps its own bytes alone", () => {
    const secret = new TextEncoder().encode("secret-and-public");
    const text = encode(secret.subarray(11))._unsafeUnwrap();
    expect(again(secret.subarray(11))).toEqual(new TextEncoder().encode("public"));
    expect(text).not.toContain(Buffer.from("secret").toString("base64").slice(0, 6));
    expect(text.length).toBeLessThan(60);
  });

  test("100,000 levels, and one object 100,000 times", () => {
    let deep: unknown = "bottom";
    for (let level = 0; level < 100_000; level++) deep = level % 2 === 0 ? [deep] : { deep };
    expect(difference(again(deep), deep)).toBeUndefined();
    const many = new Array(100_000).fill(shared);
    const copy = again(many);
    expect(new Set(copy).size).toBe(1);
    expect(encode(many)._unsafeUnwrap().length).toBeLessThan(500_000);
  });
});

const anyString = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units));
const anyKey = fc.oneof(anyString, fc.constantFrom("__proto__", "constructor", "toJSON", "then", "0", "7", "length", ""));
const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    anyString,
    fc.double(),
    fc.constantFrom(-0, null, undefined, true, false),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array({ maxLength: 5 }),
    fc.float64Array({ maxLength: 3 }),
    anyString.map((message) => Object.assign(new RangeError(message), { code: message })),
  ),
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.sparseArray(tie("tree"), { maxLength: 6 }),
    fc.array(fc.tuple(anyKey, tie("tree")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie("tree"), tie("tree")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie("tree"), { maxLength: 3 }).map((values) => new Set(values)),
    tie("tree").map((cause) => new Error("with a cause", { cause })),
    tie("tree").map((value) => ok(value)),
  ),
}));

test("any value comes back as it was, and as the same text", () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 4 }), fc.nat(), (values, pick) => {
      // Some of it twice, and a circle.
      const value: unknown[] = [...values, values[pick % (values.length || 1)], new Map([["whole", values]])];
      value.push(value);
      const text = encode(value)._unsafeUnwrap();
      const copy = decode(text)._unsafeUnwrap();
      expect(difference(copy, value)).toBeUndefined();
      expect(encode(copy)._unsafeUnwrap()).toBe(text);
      expect(text.isWellFormed()).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("any JSON is data, whatever it looks like", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(difference(again(value), value)).toBeUndefined();
      // Nor does a text of the codec's own mean anything inside of one.
      const text = encode(value)._unsafeUnwrap();
      expect(difference(again(JSON.parse(text)), JSON.parse(text))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

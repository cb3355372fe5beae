// What is no data, what was thrown whatever it is, and texts that are not the codec's.

import { describe, expect, test } from "vitest";
import { decode, encode, encodeThrown } from "../../src/journal/codec.ts";

class Money {
  readonly amount = 1;
}
class Register extends Map<string, number> {}
class Declined extends TypeError {
  readonly code = "declined";
  override get name() {
    return "Declined";
  }
}
const hostile = new Proxy(
  {},
  {
    getPrototypeOf: () => {
      throw new Error("no");
    },
  },
);

const refused: readonly (readonly [string, unknown, string, string])[] = [
  ["a function", { items: [0, 1, 2, { callback: () => 1 }] }, "$.items[3].callback", "the function callback"],
  ["a symbol", [Symbol("s")], "$[0]", "Symbol(s)"],
  ["an instance of a class", { money: new Money() }, "$.money", "an instance of Money"],
  ["a subclass of Map", { a: { "b c": new Register() } }, '$.a["b c"]', "an instance of Register"],
  ["a class of errors of one's own", [new Declined("d")], "$[0]", "Declined: d"],
  ["a promise", { p: Promise.resolve() }, "$.p", "an instance of Promise"],
  ["a WeakMap", new WeakMap(), "$", "an instance of WeakMap"],
  ["a proxy", { p: new Proxy({}, {}) }, "$.p", "a proxy"],
  ["a proxy that throws", [hostile], "$[0]", "a proxy"],
  ["a prototype that throws", [Object.create(hostile)], "$[0]", "an object whose prototype is a proxy"],
  ["a getter", { get now() { return 1; } }, "$.now", "a getter"], // biome-ignore format: one a line
  ["a getter in an array", Object.defineProperty([1], 0, { get: () => 1, enumerable: true }), "$[0]", "a getter"],
  ["a hidden property", { o: Object.defineProperty({}, "h", { value: 1 }) }, "$.o.h", "not enumerable"],
  ["a key that is a symbol", { [Symbol("k")]: 1 }, "$", "Symbol(k)"],
  ["what calls itself a Map", { m: { [Symbol.toStringTag]: "Map" } }, "$.m", "Symbol(Symbol.toStringTag)"],
  ["a date with more to it", { d: Object.assign(new Date(0), { zone: "UTC" }) }, "$.d", "a Date with fields of its own"],
  ["a boxed number", [Object(1)], "$[0]", "an instance of Number"],
  ["a map's value", new Map([["k", () => 1]]), '$.get("k")', "a function"],
  ["a map's key", new Map([[() => 1, 1]]), "$.keys()[0]", "a function"],
  ["a set's value", { s: new Set([1, () => 1]) }, "$.s.values()[1]", "a function"],
  ["an error's cause", new Error("e", { cause: [() => 1] }), "$.cause[0]", "a function"],
  ["shared memory", { m: new Uint8Array(new SharedArrayBuffer(1)) }, "$.m", "shared memory"],
  ["memory of another size tomorrow", new ArrayBuffer(1, { maxByteLength: 2 }), "$", "memory that can be resized"],
  ["a forged URL", { u: Object.create(URL.prototype) }, "$.u", "throws when it is read"],
];

test.each(refused)("%s is refused, with its place", (_, value, path, got) => {
  const { type, path: found, message } = encode(value)._unsafeUnwrapErr();
  expect([type, found]).toEqual(["not_serializable", path]);
  expect(message).toContain(got);
  expect(message).toMatch(/^Expected data that a journal can keep, got .+ at .+: .+/);
});

test("CK04 more text than a string can hold is refused", () => {
  const large = new Array(1_024).fill("x".repeat(2 ** 20));
  expect(encode(large)._unsafeUnwrapErr()).toMatchObject({
    type: "not_serializable",
    message: expect.stringContaining("one string can hold"),
  });
});

describe("what was thrown", () => {
  const read = (thrown: unknown): any => decode(encodeThrown(thrown))._unsafeUnwrap();

  test("an error of the user's class keeps name, message, fields and cause", () => {
    const copy = read(new Declined("no funds", { cause: new Error("bank") }));
    expect(copy).toBeInstanceOf(TypeError);
    expect([copy.name, copy.message, copy.code, copy.cause.message]).toEqual(["Declined", "no funds", "declined", "bank"]);
    expect(copy.stack).toContain("codec-refused.test.ts");
  });

  test.each([
    ["a function", () => 1],
    ["a proxy that throws", hostile],
    ["a symbol", Symbol("s")],
    ["nothing", undefined],
    ["a promise", Promise.resolve()],
  ])("%s becomes something that can be kept", (_, thrown) => {
    expect(["string", "undefined"]).toContain(typeof read(thrown));
  });

  test("what is in the way is replaced, and the rest stays", () => {
    expect(read(new Money())).toEqual({ amount: 1 });
    expect(read({ code: 7, response: new Money(), call: () => 1 })).toEqual({
      code: 7,
      response: "an instance of Money",
      call: "the function call",
    });
  });
});

test.each([
  "",
  "nonsense",
  "null",
  "[]",
  "{}",
  "[2,1]",
  '[1,["nothing"]]',
  "[1,[7]]",
  '[1,[0],["Nope"]]',
  '[1,[0],["Uint8Array",[0]]]',
  '[1,[0],["Error","Function",{},{}]]',
  "[1,[0],5]",
  '[1,{"a":1}]',
  "[1,[-1],{}]",
  '[1,["bigint","x"]]',
])("%j is no value that heddle wrote", (text) => {
  expect(decode(text)._unsafeUnwrapErr()).toMatchObject({ type: "journal_failed", message: expect.stringMatching(/^Expected a value/) });
});

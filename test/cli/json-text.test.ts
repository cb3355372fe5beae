import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonText } from "../../src/cli/text/json-text.ts";

test("what JSON can hold is what JSON.stringify says", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(jsonText(value, 2)).toBe(JSON.stringify(value, undefined, 2));
    }),
  );
});

test("no value makes it throw", () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withMap: true,
        withSet: true,
        withDate: true,
        withNullPrototype: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
      (value) => {
        expect(typeof jsonText(value)).toBe("string");
      },
    ),
  );
});

test("what JSON cannot hold is put in words", () => {
  const value: Record<string, unknown> = {
    map: new Map([["a", new Set([1n])]]),
    error: new RangeError("r", { cause: 1 }),
    date: new Date(0),
    bytes: new Uint8Array([1, 2]),
    f() {},
    symbol: Symbol("s"),
    nothing: undefined,
    get bad(): never {
      throw new Error("no");
    },
  };
  value["self"] = value;
  expect(JSON.parse(jsonText(value))).toEqual({
    map: [["a", ["1n"]]],
    error: { name: "RangeError", message: "r", cause: 1 },
    date: "1970-01-01T00:00:00.000Z",
    bytes: [1, 2],
    f: "[function f]",
    symbol: "Symbol(s)",
    bad: "[unreadable: no]",
    self: "[circular]",
  });
});

test("proxies that refuse, and more levels than a stack holds", () => {
  const refusing = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("trap");
      },
    },
  );
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  let deep: object = {};
  for (let level = 0; level < 100_000; level++) deep = { deep };
  expect(jsonText({ refusing })).toBe('{"refusing":"[unreadable: trap]"}');
  expect(jsonText([revoked.proxy])).toMatch(/unreadable/);
  expect(jsonText(deep)).toContain("[deeper than 500 levels]");
  expect(jsonText(undefined)).toBe("null");
});

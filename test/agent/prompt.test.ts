import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toJson } from "../../src/agent/plain.ts";
import { readInput, render, toMessages } from "../../src/agent/prompt.ts";

describe("what came last, as a prompt", () => {
  test("text as it is", () => fc.assert(fc.property(fc.string(), fc.boolean(), (text, sections) => render(text, { sections }) === text)));
  test("a group's outputs as sections, in declared order", () => {
    expect(render({ web: "Found.", papers: { titles: ["A"] }, none: undefined }, { sections: true })).toBe(
      '[web]: Found.\n\n[papers]: {\n  "titles": [\n    "A"\n  ]\n}\n\n[none]: null',
    );
  });
  test("any other object as JSON, whatever its keys", () =>
    expect(render({ web: "Found." }, { sections: false })).toBe('{\n  "web": "Found."\n}'));
  test("a list from a group as JSON", () => expect(render(["a"], { sections: true })).toBe('[\n  "a"\n]'));
  test.each([
    ["nothing", undefined, "null"],
    ["null", null, "null"],
    ["a number", 5, "5"],
    ["NaN", Number.NaN, '"NaN"'],
    ["a big integer", 12n, '"12"'],
    ["a date", new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ["no date", new Date(Number.NaN), '"[invalid date]"'],
    ["a function", () => 1, "null"],
    ["bytes", new Uint8Array(3), '"[3 bytes]"'],
    ["a URL", new URL("http://a.b/"), '"http://a.b/"'],
  ])("%s", (_, value, shown) => expect(render(value, { sections: false })).toBe(shown));

  test("maps, sets, errors and nested oddities", () => {
    const value = {
      map: new Map([["a", 1n]]),
      pairs: new Map([[1, 2]]),
      set: new Set(["x"]),
      error: new TypeError("no"),
      list: [undefined, () => 1],
      gone: undefined,
    };
    expect(JSON.parse(toJson(value))).toEqual({
      map: { a: "1" },
      pairs: [[1, 2]],
      set: ["x"],
      error: { name: "TypeError", message: "no" },
      list: [null, null],
    });
  });
  test("a ring, and the same object twice", () => {
    const ring: Record<string, unknown> = { name: "ring" };
    ring["self"] = ring;
    expect(JSON.parse(toJson([ring, ring]))).toEqual([
      { name: "ring", self: "[circular]" },
      { name: "ring", self: "[circular]" },
    ]);
  });
  test("getters that throw, toJSON that throws, revoked proxies", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const value = {
      get bad() {
        throw new Error("no");
      },
      good: 1,
      odd: {
        toJSON() {
          throw new Error("no");
        },
      },
      proxy,
    };
    expect(JSON.parse(toJson(value))).toEqual({ bad: "[unreadable]", good: 1, odd: "[unreadable]", proxy: "[unreadable]" });
    expect(toJson(proxy)).toBe('"[unreadable]"');
  });
  test("what keeps all to itself is named, since an object without keys would say nothing", () => {
    class Money {
      readonly #cents = 7;
      get euros() {
        return this.#cents / 100;
      }
    }
    async function* pages() {
      yield 1;
    }
    const shown = {
      response: new Response("x"),
      stream: new ReadableStream(),
      pages: pages(),
      late: Promise.resolve(1),
      money: new Money(),
    };
    expect(JSON.parse(toJson({ ...shown, none: {}, bare: Object.create(null) }))).toEqual({
      response: "[Response]",
      stream: "[ReadableStream]",
      pages: "[AsyncGenerator]",
      late: "[Promise]",
      money: "[Money]",
      none: {},
      bare: {},
    });
  });
  test("a value that is endless in depth or width", () => {
    let deep: unknown = "end";
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(toJson(deep, 0)).toContain("[too deep]");
    expect(
      toJson(
        Array.from({ length: 1_000_000 }, () => 1),
        0,
      ),
    ).toMatch(/"\[more\]"\]$/);
    expect(toJson(new Map(Array.from({ length: 300_000 }, (_, key) => [String(key), 1])), 0)).toMatch(/"…":"\[more\]"}$/);
  });
  test("a __proto__ key is shown, and pollutes nothing", () =>
    expect(toJson(JSON.parse('{"__proto__":{"a":1}}'), 0)).toBe('{"__proto__":{"a":1}}'));
  test("anything at all gives JSON, and JSON itself", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
          withNullPrototype: true,
        }),
        (value) => {
          JSON.parse(toJson(value));
        },
      ),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(toJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("the input option's value", () => {
  const image = { type: "image", url: "data:image/png;base64,AA==" } as const;
  test("text, parts, messages", () => {
    expect(toMessages("Be brief.", "Hello.")).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hello." },
    ]);
    expect(toMessages(undefined, [{ type: "text", text: "What is it?" }, image])).toEqual([
      { role: "user", content: [{ type: "text", text: "What is it?" }, image] },
    ]);
    const conversation = [
      { role: "user", content: [image] },
      { role: "assistant", content: "", toolCalls: [{ id: "1", name: "look", arguments: "{}" }] },
      { role: "tool", callId: "1", content: "A cat." },
    ] as const;
    expect(readInput(conversation)._unsafeUnwrap()).toBe(conversation);
    expect(toMessages("", conversation)).toEqual(conversation);
  });
  test.each<[unknown, string]>([
    [5, "text, or a list"],
    [undefined, "got undefined"],
    [[], "at least one"],
    [{ role: "user", content: "x" }, "a list of parts or messages"],
    [[{ type: "video" }], 'part 1 of the input to have the type text, image or file, got "video"'],
    [[{ type: "toString" }], "got"],
    [[{ type: "text", text: "a" }, "b"], 'part 2 of the input to have the type text, image or file, got "b"'],
    [[{ type: "file", data: "AA==" }], "mediaType in text"],
    [
      [
        { role: "user", content: "x" },
        { role: "robot", content: "x" },
      ],
      'message 2 of the input to have the role system, user, assistant or tool, got "robot"',
    ],
    [[{ role: "user", content: 5 }], "at least one part as content, got 5"],
    [[{ role: "system", content: [image] }], "text as content"],
    [[{ role: "tool", content: "x" }], "a callId"],
    [[{ role: "assistant", content: "x", toolCalls: [{ id: 1 }] }], "toolCalls"],
  ])("%j is refused", (given, message) => expect(readInput(given)._unsafeUnwrapErr()).toContain(message));
});

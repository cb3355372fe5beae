// How values, errors and issues of foreign code read in messages.
import { agent, step, workflow } from "heddle";
import { describe, expect, test } from "vitest";
import { cut } from "../../src/plan/cut.ts";
import { issueText } from "../../src/plan/issue-text.ts";
import { messageOf, show } from "../../src/plan/show.ts";

const unreadable = new Proxy(
  {},
  {
    get: () => {
      throw new Error("no reading");
    },
    has: () => {
      throw new Error("no looking");
    },
    getPrototypeOf: () => {
      throw new Error("no asking");
    },
  },
);

describe("cut", () => {
  test("leaves what fits as it is, up to the last unit", () => {
    expect(cut("abcde", 5)).toBe("abcde");
    expect(cut("abcdef", 5)).toBe("abcd…");
  });

  test("makes room for the mark, and shows it even where there is none", () => {
    expect(cut("abcdefgh", 6, "...")).toBe("abc...");
    expect(cut("abc", 2, "...")).toBe("...");
  });

  test.each([
    ["a pair that would be cut goes as a whole", "ab😀cd", 4, "ab…"],
    ["one that just fits stays", "ab😀cd", 5, "ab😀…"],
    ["the first of the high surrogates", "ab\u{10000}cd", 4, "ab…"],
    ["the last of them", "ab\u{10FFFD}cd", 4, "ab…"],
    ["what comes before them is a character", "ab\uD7FFcd", 4, "ab\uD7FF…"],
    ["and so is what comes after", "ab\uE000cd", 4, "ab\uE000…"],
  ])("%s", (_, text, most, expected) => {
    expect(cut(text, most)).toBe(expected);
  });
});

describe("show", () => {
  class Loom {}
  test.each<[string, unknown, string]>([
    ["text", 'say "hi"\n', '"say \\"hi\\"\\n"'],
    ["no text", "", '""'],
    ["a number", 1.5, "1.5"],
    ["a big one", 10n, "10n"],
    ["yes", true, "true"],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["a function with a name", function weave() {}, "the function weave"],
    [
      "one without",
      (
        () => () =>
          1
      )(),
      "a function",
    ],
    ["an array", [1, 2], "an array of 2"],
    ["an empty object", {}, "{}"],
    ["one without a prototype", Object.create(null), "{}"],
    ["a small one", { a: 1, b: 2 }, "an object with a, b"],
    ["one of just as many keys as are shown", { a: 1, b: 2, c: 3, d: 4, e: 5 }, "an object with a, b, c, d, e"],
    ["one of more", { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }, "an object with a, b, c, d, e, …"],
    ["an error", new TypeError("wrong"), "TypeError: wrong"],
    ["an instance", new Loom(), "an instance of Loom"],
    [
      "a plan",
      workflow("loom")
        .then("a", () => 1)
        .build(),
      'the plan "loom"',
    ],
    ["an agent", agent({ name: "weaver", model: "gpt-4o", instructions: "" }), 'the agent "weaver"'],
    ["a step", step("weave", () => 1), 'the step "weave"'],
    ["a date", new Date(0), "an instance of Date"],
    ["one of a class without a name", new (class {})(), "{}"],
    ["one whose maker has a name that is no text", { constructor: { name: 1 } }, "an object with constructor"],
    ["one whose maker is nothing", Object.create({ constructor: undefined }), "{}"],
    ["what refuses to be read", unreadable, "a value that cannot be shown"],
  ])("%s", (_, value, expected) => {
    expect(show(value)).toBe(expected);
  });

  test("is short, whatever it shows", () => {
    const fits = "x".repeat(118);
    expect(show(fits)).toBe(`"${fits}"`);
    expect(show("x".repeat(119))).toBe(`"${fits}…`);
    expect(show("x".repeat(10_000))).toBe(`"${fits}…`);
    expect(show({ ["k".repeat(200)]: 1 })).toHaveLength(120);
  });
});

describe("messageOf", () => {
  test.each<[string, unknown, string]>([
    ["an error's message", new Error("it broke"), "it broke"],
    ["that of anything with one", { message: "it broke" }, "it broke"],
    ["an error without one", new RangeError(""), "RangeError: "],
    ["one that is no text", { message: 5 }, "an object with message"],
    ["text", "it broke", '"it broke"'],
    ["null", null, "null"],
    ["undefined", undefined, "undefined"],
    ["a function with a message of its own is a function", Object.assign(function weave() {}, { message: "no" }), "the function weave"],
    ["what refuses to be read", unreadable, "an error that cannot be read"],
    ["a long one", new Error("m".repeat(3_000)), `${"m".repeat(1_999)}…`],
  ])("%s", (_, thrown, expected) => {
    expect(messageOf(thrown)).toBe(expected);
  });
});

describe("issueText", () => {
  test("a line for each, with where it is", () => {
    expect(
      issueText([
        { message: "Expected text" },
        { message: "Expected text", path: [] },
        { message: "Too small", path: ["tags", 0, "name"] },
        { message: "Too small", path: [0, "name"] },
        { message: "Too small", path: [{ key: "tags" }, { key: 3 }] },
      ]),
    ).toBe("Expected text\nExpected text\nat tags[0].name: Too small\nat [0].name: Too small\nat tags[3]: Too small");
  });

  test("so many, and how many more there are", () => {
    const issues = ["a", "b", "c"].map((message) => ({ message }));
    expect(issueText(issues, "; ", 3)).toBe("a; b; c");
    expect(issueText(issues, "; ", 2)).toBe("a; b; and 1 more");
    expect(issueText(Array.from({ length: 25 }, () => ({ message: "a" })))).toMatch(/^(a\n){20}and 5 more$/);
  });

  test("of any shape, since a validator is foreign code", () => {
    expect(issueText([{ message: 5 } as never])).toBe("5");
    expect(issueText([{ message: "m", path: [null, { other: 1 }] } as never])).toBe("at null.[object Object]: m");
    expect(issueText([{ message: "m", path: 7 } as never])).toBe("an object with message, path");
    expect(issueText([null as never])).toBe("null");
    expect(issueText([{ message: "m".repeat(600) }])).toHaveLength(500);
  });
});

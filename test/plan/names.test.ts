import { BuildError } from "heddle";
import { describe, expect, test } from "vitest";
import { checkName, encodeSegment, nearest } from "../../src/plan/names.ts";
import { thrownBy } from "../support/loose.ts";

describe("a name that is refused says why, and whose it is", () => {
  test.each<[unknown, string, string | undefined]>([
    [5, "Expected a step's id to be text, got 5", undefined],
    ["  ", `Expected a step's id to have at least one visible character, got "  "`, undefined],
    ["n".repeat(201), "Expected a step's id to have at most 200 characters, got 201", "n".repeat(200)],
    ["a\uD800", "Expected a step's id to be well-formed Unicode, got a lone surrogate", "a\uD800"],
    ["a\u0007", 'Expected a step\'s id to have no control or text-direction characters, got "a\\u0007"', "a\u0007"],
    ["then", 'Expected a step\'s id to be any name but "__proto__" and "then", got "then": choose another name', "then"],
    ["__proto__", 'Expected a step\'s id to be any name but "__proto__" and "then", got "__proto__": choose another name', "__proto__"],
  ])("%j", (name, message, step) => {
    const thrown = thrownBy(() => checkName(name));
    expect(thrown).toBeInstanceOf(BuildError);
    expect(thrown).toMatchObject({ name: "BuildError", message, step });
  });

  test("what the name is for", () => {
    expect(thrownBy(() => checkName("", "the name of a workflow"))).toMatchObject({
      message: 'Expected the name of a workflow to have at least one visible character, got ""',
    });
  });

  test("of 200 characters, with blanks around it: taken as it is", () => {
    for (const name of ["n".repeat(200), " a ", "constructor", "é", "e\u0301"]) expect(checkName(name)).toBe(name);
  });
});

describe("encodeSegment", () => {
  test("what paths give a meaning is percent-encoded, everywhere in a name", () => {
    expect(encodeSegment("a/b/c")).toBe("a%2Fb%2Fc");
    expect(encodeSegment("%#[]~")).toBe("%25%23%5B%5D%7E");
    expect(encodeSegment("plain.name-1")).toBe("plain.name-1");
  });

  test("two names never share a segment", () => {
    expect(new Set(["a/b", "a%2Fb", "a%252Fb"].map(encodeSegment)).size).toBe(3);
  });
});

describe("nearest", () => {
  test.each<[string, string[], string | undefined]>([
    ["reserach", ["review", "research"], "research"],
    ["Draft", ["draft"], "draft"],
    ["draft", ["DRAFT"], "DRAFT"],
    ["drafts", ["draft"], "draft"],
    ["raft", ["draft"], "draft"],
    ["dfart", ["draft"], "draft"],
    ["a", ["b"], "b"],
    ["ab", ["cd"], "cd"],
    ["ab", ["cde"], undefined],
    ["abc", ["xyz"], undefined],
    ["timeout", ["retries", "concurrency"], undefined],
    // A third of a long name may differ, and no more.
    ["abcdefghijkl", ["abcdefghwxyz"], "abcdefghwxyz"],
    ["abcdefghijkl", ["abcdefgvwxyz"], undefined],
    ["draft", ["craft", "draft", "graft"], "draft"],
    ["step", ["stop", "stem"], "stop"],
    ["x", [], undefined],
  ])("%s among %j is %j", (name, known, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });
});

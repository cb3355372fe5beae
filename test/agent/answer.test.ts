import { type } from "arktype";
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readAnswer } from "../../src/agent/answer.ts";
import { findJson, readJson } from "../../src/agent/json-text.ts";
import { check } from "../../src/execute/program/validate.ts";
import { issueText } from "../../src/plan/issue-text.ts";

const verdict = z.object({ verdict: z.enum(["pass", "revise"]), notes: z.string() });
const good = '{"verdict":"pass","notes":"Fine."}';
const bare = { wrapped: false };

async function rejected(text: string, schema: Parameters<typeof readAnswer>[1] = verdict) {
  return (await readAnswer(text, schema, bare))._unsafeUnwrapErr();
}

describe("AG02 text that is nearly JSON", () => {
  const value = { verdict: "pass", notes: "Fine." };
  test.each([
    ["JSON", good],
    ["white space and a byte order mark", `\uFEFF \n${good}\n`],
    ["a fenced block", `Here it is:\n\n\`\`\`json\n${good}\n\`\`\`\nAnything else?`],
    ["thoughts said aloud, with answers in them that are none", `<think>\nMaybe {"verdict":"none"}? No.\n</think>\n\n${good}`],
    ["a fenced block without a language, CRLF", `\`\`\`\r\n${good}\r\n\`\`\``],
    ["prose before and after", `Sure! ${good} I hope that helps.`],
    ["prose with braces and footnotes", `In {style} [1], as asked: ${good} (see [2])`],
    ["braces in its strings", `Note: {"verdict":"pass","notes":"Fine."}`],
  ])("%s", async (_, text) => expect((await readAnswer(text, verdict, bare))._unsafeUnwrap()).toEqual(value));

  test.each([
    ["nothing", "", "Expected JSON"],
    ["prose", "I cannot say.", "Expected JSON"],
    ["cut JSON", '{"verdict":"pa', "Expected JSON"],
    ["two objects", `${good} or ${good}`, "got 2 in one text"],
    ["two fenced blocks", `\`\`\`json\n${good}\n\`\`\`\n\`\`\`json\n${good}\n\`\`\``, "2 fenced blocks"],
    ["a fenced block that is not JSON", "```json\n{oops}\n```", "Expected JSON"],
  ])("%s is refused", async (_, text, message) => {
    const { issues, raw } = await rejected(text);
    expect(issues[0]?.message).toContain(message);
    expect(raw).toBe(text);
  });

  test("the wrong shape gives the schema's issues, and the raw text cut", async () => {
    const { issues, raw } = await rejected(`{"verdict":"maybe","notes":"${"x".repeat(9_000)}"}`);
    expect(issues).toHaveLength(1);
    expect(issueText(issues)).toMatch(/^at verdict: /);
    expect(raw).toHaveLength(2_000);
  });

  test("a cut never splits a character", async () => {
    const { raw } = await rejected("🎉".repeat(3_000));
    expect(raw.isWellFormed()).toBe(true);
  });
});

describe("hostile text", () => {
  test("100,000 levels of nesting", async () => {
    const { issues } = await rejected("[".repeat(100_000) + "]".repeat(100_000));
    expect(issues[0]?.message).toContain("500 levels");
  });
  test("100,000 levels that never close", async () =>
    expect((await rejected("[".repeat(100_000))).issues[0]?.message).toContain("Expected JSON"));
  test("100,000 objects in prose", async () =>
    expect((await rejected(`so: ${"{}".repeat(90_000)}`)).issues[0]?.message).toContain("Expected one JSON value"));
  test("an endless text", async () =>
    expect((await rejected("x".repeat(10_000_001))).issues[0]?.message).toContain("at most 10000000 characters"));
  test("an unclosed string of a megabyte", async () => expect((await rejected(`{"${"\\\\".repeat(500_000)}`)).issues).toHaveLength(1));
  test.each(['{"__proto__":{"admin":true},"verdict":"pass","notes":""}', '{"verdict":"pass","notes":"","a":[{"\\u005f_proto__":1}]}'])(
    "a __proto__ key: %s",
    async (text) => {
      expect((await rejected(text)).issues[0]?.message).toContain("__proto__");
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    },
  );
  test("the word __proto__ as a value is only a word", () =>
    expect(readJson('{"a":"__proto__"}')._unsafeUnwrap()).toEqual({ a: "__proto__" }));

  test("no text makes the parser throw, and all JSON comes through", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[{}[\]"`\\,:a\n ]{0,80}$/)), (text) => {
        const found = findJson(text);
        expect(found.isOk() || typeof found.error === "string").toBe(true);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!text.includes("__proto__"));
        expect(findJson(text)._unsafeUnwrap()).toEqual(JSON.parse(text));
      }),
    );
  });

  test("an object in prose without brackets is always found", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.stringMatching(/^[^{}[\]`"]*$/), (value, prose) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes("__proto__"));
        expect(findJson(`${prose}: ${text} ${prose}`)._unsafeUnwrap()).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe("validators", () => {
  test("a wrapped value is unwrapped before it is validated", async () => {
    expect((await readAnswer('{"value":["a"]}', z.array(z.string()), { wrapped: true }))._unsafeUnwrap()).toEqual(["a"]);
    expect((await readAnswer('["a"]', z.array(z.string()), { wrapped: true }))._unsafeUnwrap()).toEqual(["a"]);
  });
  test("a transform's output is the value", async () => {
    const length = z.object({ notes: z.string() }).transform(({ notes }) => notes.length);
    expect((await readAnswer('{"notes":"abc"}', length, bare))._unsafeUnwrap()).toBe(3);
  });
  test.each([
    ["zod, async", z.object({ notes: z.string().refine(async (text) => text !== "x") })],
    ["valibot", v.object({ notes: v.pipe(v.string(), v.minLength(3)) })],
    [
      "valibot, async",
      v.objectAsync({
        notes: v.pipeAsync(
          v.string(),
          v.checkAsync(async (text) => text !== "x"),
        ),
      }),
    ],
    ["arktype", type({ notes: "string > 2" })],
  ])("%s", async (_, schema) => {
    expect((await readAnswer('{"notes":"abc"}', schema, bare))._unsafeUnwrap()).toEqual({ notes: "abc" });
    expect((await rejected('{"notes":"x"}', schema)).issues[0]?.path?.length).toBe(1);
  });
  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    [
      "throws nothing",
      () => {
        throw undefined;
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken"))],
    ["gives nothing", () => undefined],
    ["gives issues that are none", () => ({ issues: [] })],
    ["gives issues that are no list", () => ({ issues: "no" })],
  ])("one that %s is an issue", async (_, answer) => {
    const schema = { "~standard": { version: 1 as const, vendor: "odd", validate: answer as never } };
    const { issues = [] } = await check(schema, 1);
    expect(issueText(issues)).toMatch(/^Expected the validator/);
  });
  test("issues of any shape are put into words", () => {
    const odd = [{ message: 5, path: [null, Symbol("s"), { key: 0 }] }, null, { message: "m", path: "no list" }];
    expect(issueText(odd as never)).toContain("m");
    expect(issueText(Array.from({ length: 30 }, () => ({ message: "m" }))).split("\n")).toHaveLength(21);
  });
});

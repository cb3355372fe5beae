import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { checkArguments, errorText, outputText, type Tool, tool } from "../../src/agent/tools/tool.ts";
import { BuildError } from "../../src/plan/build-error.ts";

const weather = tool({
  name: "weather",
  description: "The weather in a city, now.",
  input: z.object({ city: z.string(), days: z.coerce.number().int() }),
  run: async ({ city, days }, { signal }) => {
    expectTypeOf(city).toEqualTypeOf<string>();
    expectTypeOf(days).toEqualTypeOf<number>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return { city, days };
  },
});

describe("tool()", () => {
  test("is frozen and tells the model what it is", () => {
    expectTypeOf(weather).toEqualTypeOf<Tool<{ city: string; days: number }, { city: string; days: number }>>();
    const list: readonly Tool[] = [weather];
    expect(list).toHaveLength(1);
    expect(Object.isFrozen(weather)).toBe(true);
    expect(weather.spec).toMatchObject({
      name: "weather",
      strict: true,
      input: { type: "object", required: ["city", "days"], additionalProperties: false },
    });
  });
  test.each<[string, object, string]>([
    ["a name with a space", { name: "my tool" }, "1 to 64 letters"],
    ["a name of 65", { name: "a".repeat(65) }, "1 to 64 letters"],
    ["no name", { name: undefined }, "1 to 64 letters"],
    ["no description", { description: " " }, 'the description of tool "weather"'],
    ["no function", { run: "no" }, 'run of tool "weather"'],
    ["no schema", { input: {} }, 'input of tool "weather"'],
    ["a schema that JSON cannot carry", { input: z.object({ at: z.date() }) }, "at at"],
    ["a misspelt option", { timeOut: 5 }, "timeOut"],
    ["a timeout of 0", { timeout: 0 }, "ms above 0"],
  ])("refuses %s", (_, change, message) => {
    const make = () => tool({ name: "weather", description: "d", input: z.object({}), run: () => 1, ...change } as never);
    expect(make).toThrow(BuildError);
    expect(make).toThrow(message);
  });
  test("refuses no options at all", () => expect(() => tool(undefined as never)).toThrow(BuildError));
});

describe("AG10 arguments", () => {
  test("are given as the schema makes them", async () => {
    expect((await checkArguments(weather, '{"city":"Bern","days":"3"}'))._unsafeUnwrap()).toEqual({ city: "Bern", days: 3 });
  });
  test("an empty text is no arguments", async () => {
    const now = tool({ name: "now", description: "The time.", input: z.object({}), run: () => 1 });
    expect((await checkArguments(now, ""))._unsafeUnwrap()).toEqual({});
  });
  test("a root that is no object was wrapped", async () => {
    const say = tool({ name: "say", description: "Says it.", input: z.string(), run: (text) => text });
    expect((await checkArguments(say, '{"value":"hi"}'))._unsafeUnwrap()).toBe("hi");
  });
  test.each([
    ["not JSON", '{"city":', "Expected JSON"],
    ["of the wrong type", '{"city":5,"days":1}', "at city:"],
    ["with a __proto__ key", '{"city":"Bern","days":1,"__proto__":{"admin":true}}', "__proto__"],
    ["a list", "[]", "Correct these"],
  ])("%s are told to the model", async (_, raw, message) => {
    const told = (await checkArguments(weather, raw))._unsafeUnwrapErr();
    expect(told).toContain('Invalid arguments for tool "weather", which has not run.');
    expect(told).toContain(message);
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });
});

describe("AG11 what the model sees of a tool", () => {
  test("text as it is, anything else as JSON", () => {
    expect(outputText("Sunny.")).toBe("Sunny.");
    expect(outputText({ a: 1n })).toBe('{"a":"1"}');
    expect(outputText(undefined)).toBe("(no output)");
  });
  test("10 MB are cut with a mark", () => {
    const shown = outputText("x".repeat(10_000_000));
    expect(shown).toHaveLength(16_000);
    expect(shown).toMatch(/x\n\[cut: the output has 10000000 characters, and 16000 are shown\]$/);
  });
  test("whatever it gives, the text is well-formed and within the cap", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.string({ unit: "binary", minLength: 50, maxLength: 300 })),
        fc.integer({ min: 100, max: 200 }),
        (output, most) => {
          const shown = outputText(output, most);
          expect(shown.length).toBeLessThanOrEqual(most);
          expect(shown.isWellFormed()).toBe(true);
        },
      ),
    );
  });
  test("an error without its stack, its cause or a secret", () => {
    const error = new Error("401 for key sk-abcdefgh12345678 and canary-99-secret", { cause: new Error("deeper") });
    expect(errorText(error, ["canary-99-secret"])).toBe("401 for key [redacted] and [redacted]");
    expect(errorText(undefined)).toBe("undefined");
  });
});

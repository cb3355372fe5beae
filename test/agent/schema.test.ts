import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { answerSchema, SchemaError, toolSchema, unwrap } from "../../src/agent/schema/schema.ts";

const place = 'output of agent "critic"';
const made = {
  type: "object",
  properties: { verdict: { type: "string", enum: ["pass", "revise"] }, notes: { type: "string" }, score: { type: "number" } },
  required: ["verdict", "notes", "score"],
  additionalProperties: false,
};

describe("one shape from three libraries", () => {
  const schemas = {
    zod: z.object({ verdict: z.enum(["pass", "revise"]), notes: z.string(), score: z.number() }),
    valibot: v.object({ verdict: v.picklist(["pass", "revise"]), notes: v.string(), score: v.number() }),
    "valibot, converted by hand": toStandardJsonSchema(
      v.object({ verdict: v.picklist(["pass", "revise"]), notes: v.string(), score: v.number() }),
    ),
    arktype: type({ verdict: "'pass' | 'revise'", notes: "string", score: "number" }),
  };
  test.each(Object.entries(schemas))("%s", (_, schema) => {
    const found = answerSchema(schema, place);
    expect(found).toMatchObject({ wrapped: false, strict: true });
    expect({ ...found.schema, required: made.required }).toEqual(made);
    // arktype sorts its keys.
    expect(new Set(found.schema["required"] as string[])).toEqual(new Set(made.required));
  });
});

describe("roots that are no object are wrapped", () => {
  test.each([
    ["text", z.string(), { type: "string" }],
    ["a list", z.array(z.string()), { type: "array", items: { type: "string" } }],
    ["a choice", z.enum(["a", "b"]), { type: "string", enum: ["a", "b"] }],
    ["a list of arktype", type("string[]"), { type: "array", items: { type: "string" } }],
  ])("%s", (_, schema, inner) => {
    const { schema: root, wrapped } = answerSchema(schema, place);
    expect(wrapped).toBe(true);
    expect(root).toEqual({ type: "object", properties: { value: inner }, required: ["value"], additionalProperties: false });
  });

  test("a union of objects, whose oneOf becomes anyOf", () => {
    const { schema, wrapped } = answerSchema(
      z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") }), z.object({ kind: z.literal("b") })]),
      place,
    );
    expect(wrapped).toBe(true);
    const value = (schema["properties"] as { value: { anyOf: unknown[] } }).value;
    expect(value.anyOf).toHaveLength(2);
    expect(value.anyOf[0]).toMatchObject({ type: "object", additionalProperties: false, required: ["kind"] });
  });

  test("unwrap takes the value out, and forgives a model that left the wrapping out", () => {
    expect(unwrap({ value: [1] }, { wrapped: true })).toEqual([1]);
    expect(unwrap([1], { wrapped: true })).toEqual([1]);
    expect(unwrap({ value: 1, other: 2 }, { wrapped: true })).toEqual({ value: 1, other: 2 });
    expect(unwrap({ value: 1 }, { wrapped: false })).toEqual({ value: 1 });
  });

  test("any JSON value survives being wrapped and unwrapped", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(unwrap({ value }, { wrapped: true })).toEqual(value);
      }),
    );
  });
});

describe("recursion", () => {
  interface Tree {
    readonly name: string;
    readonly kids: readonly Tree[];
  }
  const tree: z.ZodType<Tree> = z.object({
    name: z.string(),
    get kids() {
      return z.array(tree);
    },
  });

  test("an object that refers to itself keeps its reference to the root", () => {
    const { schema, wrapped } = answerSchema(tree, place);
    expect(wrapped).toBe(false);
    expect(schema["properties"]).toEqual({ name: { type: "string" }, kids: { type: "array", items: { $ref: "#" } } });
  });

  test("a wrapped root that refers to itself moves to a definition, and its references follow", () => {
    const given = { type: "array", items: { $ref: "#" } };
    const { schema, wrapped } = answerSchema(z.array(z.unknown()), place, given);
    expect(wrapped).toBe(true);
    expect(schema).toEqual({
      type: "object",
      properties: { value: { $ref: "#/definitions/answer" } },
      required: ["value"],
      additionalProperties: false,
      definitions: { answer: { type: "array", items: { $ref: "#/definitions/answer" } } },
    });
  });

  test("definitions are kept and made strict too", () => {
    const shared = z.object({ name: z.string() }).meta({ id: "Person" });
    const { schema } = answerSchema(z.object({ author: shared, editor: shared }), place);
    expect(schema["properties"]).toEqual({ author: { $ref: "#/definitions/Person" }, editor: { $ref: "#/definitions/Person" } });
    expect(schema["definitions"]).toMatchObject({ Person: { additionalProperties: false, required: ["name"] } });
  });

  test("a root that only refers to an object is that object", () => {
    const { schema, wrapped } = answerSchema(type({ name: "string", kids: "this[]" }), place);
    expect(wrapped).toBe(false);
    expect(schema).toMatchObject({ type: "object", required: ["kids", "name"], additionalProperties: false });
  });
});

describe("what only narrows a value is told in words", () => {
  test("a format that strict output does not know", () => {
    const { schema } = answerSchema(z.object({ link: z.url().describe("The source.") }), place);
    expect(schema["properties"]).toEqual({ link: { type: "string", description: "The source. (format: uri)" } });
  });
  test("a format, limits and a pattern that it knows stay", () => {
    const { schema } = answerSchema(
      z.object({ id: z.uuid(), short: z.string().min(1).max(9), many: z.array(z.number().min(0)).min(1) }),
      place,
    );
    expect(schema["properties"]).toMatchObject({
      id: { format: "uuid" },
      short: { minLength: 1, maxLength: 9 },
      many: { minItems: 1, items: { minimum: 0 } },
    });
  });
  test("a lookahead", () => {
    const { schema } = answerSchema(z.object({ code: z.string().regex(/^(?!x)/) }), place);
    expect(schema["properties"]).toEqual({ code: { type: "string", description: "(pattern: ^(?!x))" } });
  });
});

describe("what strict output cannot express is refused, with its path and a remedy", () => {
  test.each<[string, unknown, readonly string[]]>([
    [
      "an optional property",
      z.object({ review: z.object({ notes: z.string().optional() }) }),
      ["an optional property at review.notes", "nullable"],
    ],
    ["a default", z.object({ tone: z.string().default("dry") }), ["an optional property at tone"]],
    ["a record", z.object({ counts: z.record(z.string(), z.number()) }), ["a record at counts", "array of { key, value }"]],
    ["an open object", z.looseObject({}), ["an object with any keys at its root"]],
    ["a tuple", z.object({ pair: z.tuple([z.string(), z.number()]) }), ["a tuple at pair"]],
    ["any value in a list", z.object({ rows: z.array(z.object({ cell: z.any() })) }), ["a value without a type", "at rows[].cell"]],
    ["a date (zod)", z.object({ when: z.object({ start: z.date() }) }), ["Date cannot be represented", "at when.start"]],
    ["a date (valibot)", v.object({ start: v.date() }), ["cannot be converted", "at start"]],
    ["a date (arktype)", type({ start: "Date" }), ["a value without a type", "at start"]],
    ["an optional property (valibot)", v.object({ notes: v.optional(v.string()) }), ["an optional property at notes"]],
    ["an optional property (arktype)", type({ "notes?": "string" }), ["an optional property at notes"]],
    ["a map", z.map(z.string(), z.string()), ["Map cannot be represented"]],
    ["never", z.never(), ["a negation"]],
    [
      "a library without JSON Schema",
      { "~standard": { version: 1, vendor: "acme", validate: (value: unknown) => ({ value }) } },
      ['"acme"', "the option jsonSchema"],
    ],
    ["no schema", {}, ["to be a Standard Schema", "got {}"]],
    ["null", null, ["got null"]],
  ])("%s", (_, schema, parts) => {
    const refuse = () => answerSchema(schema as z.ZodType, place);
    expect(refuse).toThrow(SchemaError);
    for (const part of [place, ...parts]) expect(refuse).toThrow(part);
  });

  test("all of them at once", () => {
    const refuse = () => answerSchema(z.object({ a: z.string().optional(), b: z.record(z.string(), z.string()) }), place);
    expect(refuse).toThrow(/optional property at a .*a record at b/);
  });

  test("a JSON Schema that contains itself", () => {
    const ring: Record<string, unknown> = { type: "object", additionalProperties: false };
    ring["properties"] = { a: ring, b: ring };
    expect(() => answerSchema(z.string(), place, ring)).toThrow(/plain JSON.*use \$ref/s);
  });

  test("a converter that throws something odd", () => {
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "odd",
        validate: () => ({ value: 1 }),
        jsonSchema: { input: () => Promise.reject.call(null) },
      },
    };
    expect(() => answerSchema(schema, place)).toThrow(SchemaError);
  });
});

describe("a schema of one's own", () => {
  test("is used where the library has none, and copied", () => {
    const given = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    const { schema } = answerSchema(
      { "~standard": { version: 1, vendor: "acme", validate: (value: unknown) => ({ value }) } },
      place,
      given,
    );
    given.properties.a.type = "number";
    expect(schema).toEqual({ type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false });
  });
});

describe("tool inputs", () => {
  test("are strict where that can be said", () =>
    expect(toolSchema(z.object({ city: z.string() }), "input")).toMatchObject({ strict: true, wrapped: false }));
  test("keep optional properties otherwise", () => {
    expect(toolSchema(z.object({ city: z.string().optional() }), "input")).toEqual({
      schema: { type: "object", properties: { city: { type: "string" } } },
      strict: false,
      wrapped: false,
    });
  });
  test("have an object at the root in any case", () => {
    const { schema, wrapped } = toolSchema(z.union([z.object({ a: z.string().optional() }), z.string()]), "input");
    expect(wrapped).toBe(true);
    expect(schema).toMatchObject({ type: "object", required: ["value"] });
  });
  test("are refused where JSON cannot carry them", () => expect(() => toolSchema(z.object({ at: z.date() }), "input")).toThrow(/at at/));
});

test("a transform is described by what goes in", () => {
  expect(answerSchema(z.object({ length: z.string().transform((text) => text.length) }), place).schema["properties"]).toEqual({
    length: { type: "string" },
  });
});

test("a valibot schema without its converter asks for it", async () => {
  const script = `
    import { registerHooks } from "node:module";
    registerHooks({ resolve: (name, context, next) => {
      if (name === "@valibot/to-json-schema") throw new Error("not installed");
      return next(name, context);
    } });
    const { answerSchema } = await import("./src/agent/schema/schema.ts");
    const { string } = await import("valibot");
    try { answerSchema(string(), "output"); } catch (error) { console.log(error.name, error.message); }
    console.log(answerSchema(string(), "output", { type: "string" }).wrapped);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    cwd: new URL("../..", import.meta.url),
  });
  expect(stdout).toMatch(
    /^SchemaError Expected @valibot\/to-json-schema .*npm install @valibot\/to-json-schema, or give the option jsonSchema\ntrue\n$/,
  );
});

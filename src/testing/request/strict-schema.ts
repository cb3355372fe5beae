import { badRequest } from "../api-error.ts";
import { isObject, type JsonObject } from "./fields.ts";

/** What OpenAI's strict mode does not know. Source: its guide to structured outputs, "Supported schemas". */
const notPermitted = [
  "allOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "patternProperties",
  "propertyNames",
  "unevaluatedProperties",
  "prefixItems",
  "contains",
  "uniqueItems",
  "default",
];
const formats = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
const deepest = 10;
const mostProperties = 5000;
const mostEnumValues = 1000;

interface Walk {
  readonly fail: (at: readonly string[], problem: string) => never;
  properties: number;
  enumValues: number;
}

function checkObject(schema: JsonObject, at: readonly string[], depth: number, walk: Walk): void {
  if (schema.additionalProperties !== false) {
    walk.fail(at, "'additionalProperties' is required to be supplied and to be false.");
  }
  const properties = isObject(schema.properties) ? schema.properties : {};
  const names = Object.keys(properties);
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const missing = names.find((name) => !required.includes(name));
  if (missing !== undefined) {
    walk.fail(at, `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`);
  }
  const extra = required.find((name) => !names.includes(String(name)));
  if (extra !== undefined)
    walk.fail(
      at,
      `'required' is required to be supplied and to be an array including every key in properties. Extra required key '${String(extra)}' supplied.`,
    );
  walk.properties += names.length;
  if (walk.properties > mostProperties) walk.fail(at, `a schema may have at most ${mostProperties} properties.`);
  for (const name of names) check(properties[name], [...at, "properties", name], depth + 1, walk);
}

function check(schema: unknown, at: readonly string[], depth: number, walk: Walk): void {
  if (!isObject(schema)) walk.fail(at, "a schema must be an object.");
  if (depth > deepest) walk.fail(at, `a schema may be nested at most ${deepest} levels deep.`);
  for (const keyword of notPermitted) {
    if (Object.hasOwn(schema, keyword)) walk.fail(at, `'${keyword}' is not permitted.`);
  }
  if (schema.$ref !== undefined) {
    const beside = Object.keys(schema).filter((keyword) => keyword !== "$ref");
    if (beside.length > 0) walk.fail(at, `$ref cannot have keywords {'${beside.join("', '")}'}.`);
    return;
  }
  if (Array.isArray(schema.enum)) walk.enumValues += schema.enum.length;
  if (walk.enumValues > mostEnumValues) walk.fail(at, `a schema may have at most ${mostEnumValues} enum values.`);
  if (Array.isArray(schema.anyOf)) {
    schema.anyOf.forEach((one: unknown, index) => {
      check(one, [...at, "anyOf", String(index)], depth, walk);
    });
  } else if (schema.type === undefined) {
    walk.fail(at, "schema must have a 'type' key.");
  }
  if (typeof schema.format === "string" && !formats.includes(schema.format)) {
    walk.fail(at, `'${schema.format}' is not a valid format.`);
  }
  const kinds: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (kinds.includes("object")) checkObject(schema, at, depth, walk);
  if (kinds.includes("array")) {
    if (schema.items === undefined) walk.fail(at, "array schema missing items.");
    check(schema.items, [...at, "items"], depth + 1, walk);
  }
}

/** Throws OpenAI's 400 when a schema is not an object at its root or, with `strict`, steps outside the strict subset. */
export function checkSchema(schema: JsonObject, owner: string, param: string, strict: boolean): void {
  const refuse = (problem: string): never => {
    throw badRequest(
      `Invalid schema for ${owner}: ${problem}`,
      param,
      param.includes("tools") ? "invalid_function_parameters" : "invalid_json_schema",
    );
  };
  if (schema.type !== "object") {
    refuse(`schema must be a JSON Schema of 'type: "object"', got 'type: "${String(schema.type ?? "None")}"'.`);
  }
  if (!strict) return;
  const fail = (at: readonly string[], problem: string): never =>
    refuse(`In context=(${at.map((key) => `'${key}'`).join(", ")}), ${problem}`);
  const walk: Walk = { fail, properties: 0, enumValues: 0 };
  if (schema.anyOf !== undefined) fail([], "'anyOf' is not permitted at the root.");
  check(schema, [], 0, walk);
  for (const keyword of ["$defs", "definitions"]) {
    const shared = schema[keyword];
    if (!isObject(shared)) continue;
    for (const [name, one] of Object.entries(shared)) check(one, [keyword, name], 1, walk);
  }
}

import { err, ok, type Result } from "neverthrow";
import type { JsonSchema } from "../../model/model.ts";
import { fields } from "../../model/read.ts";

/** A place in a schema that strict structured output cannot express. */
export interface Finding {
  /** For example `review.tags[]`; empty for the root. */
  readonly path: string;
  readonly problem: string;
  readonly remedy: string;
}

/**
 * A schema in the subset that OpenAI holds a model to: every object closed, every property required.
 * What only narrows a value (formats it does not know, lookaheads) moves to the description: the validator still checks it.
 * https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function toStrict(root: JsonSchema): Result<JsonSchema, readonly Finding[]> {
  const findings: Finding[] = [];
  const strict = walk(root, "", 0, findings);
  return findings.length === 0 ? ok(strict) : err(findings);
}

const deepest = 100;
const kept = [
  "type",
  "title",
  "enum",
  "const",
  "minLength",
  "maxLength",
  "multipleOf",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minItems",
  "maxItems",
];
const formats = new Set(["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]);
const told = ["uniqueItems", "minProperties", "maxProperties", "contentEncoding", "contentMediaType"];

const refused: { readonly [keyword: string]: readonly [problem: string, remedy: string] } = {
  allOf: ["an intersection (allOf)", "write one object with all properties"],
  not: ["a negation (not), or a value that can never be", "say what is allowed instead"],
  if: ["a condition (if)", "use a union"],
  patternProperties: ["a record (patternProperties)", "use an array of { key, value }"],
  dependentRequired: ["a dependency between properties", "use a union"],
  dependentSchemas: ["a dependency between properties", "use a union"],
  dependencies: ["a dependency between properties", "use a union"],
  prefixItems: ["a tuple", "use an object with a name for each place"],
  contains: ["an array that must contain something", "describe it, and check the answer in a step"],
};

function walk(given: unknown, path: string, depth: number, findings: Finding[]): JsonSchema {
  const find = (problem: string, remedy: string): JsonSchema => {
    findings.push({ path, problem, remedy });
    return {};
  };
  const node = fields(given);
  if (depth > deepest) return find(`a schema over ${deepest} levels deep`, "use $ref for recursion");
  if (node === undefined) return given === true ? find(...anything) : find("no schema", "give an object of JSON Schema keywords");
  if (Array.isArray(node["allOf"]) && node["allOf"].length === 1) {
    // zod writes a described reference this way.
    const { allOf, ...rest } = node;
    return walk({ ...rest, ...fields(allOf[0]) }, path, depth + 1, findings);
  }
  const definitions = definitionsOf(node, depth, findings);
  if (typeof node["$ref"] === "string") {
    // A reference may have nothing beside it.
    return node["$ref"].startsWith("#")
      ? { $ref: node["$ref"], ...definitions }
      : find(`a reference to ${node["$ref"]}`, "put it under definitions");
  }
  for (const [keyword, finding] of Object.entries(refused)) if (node[keyword] !== undefined) return find(...finding);
  const union = node["anyOf"] ?? node["oneOf"];
  const alternatives = Array.isArray(union)
    ? { anyOf: union.map((option: unknown) => walk(option, path, depth + 1, findings)) }
    : undefined;
  const type = node["type"] ?? typeOfValues(node);
  if (type === undefined && alternatives === undefined)
    return node["properties"] === undefined ? find(...anything) : find("an object without a type", 'add type: "object"');
  return {
    ...pick(node, kept),
    ...(type !== undefined && { type }),
    ...describe(node),
    ...alternatives,
    ...(includes(type, "object") && closed(node, path, depth, findings, find)),
    ...(includes(type, "array") && { items: items(node["items"], path, depth, findings, find) }),
    ...definitions,
  };
}

const anything: readonly [string, string] = [
  "a value without a type (any, or one that JSON does not have, such as a Date)",
  "give it a type, for example a string in ISO format",
];

type Find = (problem: string, remedy: string) => JsonSchema;

function closed(node: JsonSchema, path: string, depth: number, findings: Finding[], find: Find): JsonSchema {
  const properties = fields(node["properties"]) ?? {};
  const rest = node["additionalProperties"];
  const open = fields(rest);
  if (open !== undefined && Object.keys(open).length > 0) return find("a record", "use an array of { key, value }");
  if (Object.keys(properties).length === 0 && rest !== false && (node["properties"] === undefined || rest !== undefined))
    return find("an object with any keys", "name its properties, or use an array of { key, value }");
  const required = new Set(Array.isArray(node["required"]) ? node["required"] : []);
  const made = Object.entries(properties).map(([key, property]): [string, JsonSchema] => {
    const at = path === "" ? key : `${path}.${key}`;
    if (!required.has(key)) {
      findings.push({
        path: at,
        problem: "an optional property",
        remedy: "make it nullable instead of optional or defaulted, and write null for nothing",
      });
    }
    return [key, walk(property, at, depth + 1, findings)];
  });
  return { properties: Object.fromEntries(made), required: made.map(([key]) => key), additionalProperties: false };
}

function items(given: unknown, path: string, depth: number, findings: Finding[], find: Find): JsonSchema {
  if (Array.isArray(given)) return find("a tuple", "use an object with a name for each place");
  return walk(given ?? true, `${path}[]`, depth + 1, findings);
}

function definitionsOf(node: JsonSchema, depth: number, findings: Finding[]): JsonSchema {
  const found: Record<string, unknown> = {};
  for (const place of ["definitions", "$defs"]) {
    const given = fields(node[place]);
    if (given !== undefined)
      found[place] = Object.fromEntries(
        Object.entries(given).map(([name, one]) => [name, walk(one, `${place}.${name}`, depth + 1, findings)]),
      );
  }
  return found;
}

/** What the schema says of a value beyond its shape, for the model to read. */
function describe(node: JsonSchema): JsonSchema {
  const { format, pattern } = node;
  const unknownFormat = typeof format === "string" && !formats.has(format);
  const lookaround = typeof pattern === "string" && /\(\?<?[=!]/.test(pattern);
  const said = Object.entries({ ...(unknownFormat && { format }), ...(lookaround && { pattern }), ...pick(node, told) }).map(
    ([key, value]) => `${key}: ${String(value)}`,
  );
  const description = [typeof node["description"] === "string" ? node["description"] : "", said.length > 0 ? `(${said.join(", ")})` : ""]
    .filter((part) => part !== "")
    .join(" ");
  return {
    ...(description !== "" && { description }),
    ...(typeof format === "string" && !unknownFormat && { format }),
    ...(typeof pattern === "string" && !lookaround && { pattern }),
  };
}

/** OpenAI wants a type beside `enum` and `const`; not every library writes one. */
function typeOfValues(node: JsonSchema): string | readonly string[] | undefined {
  const values = Array.isArray(node["enum"]) ? node["enum"] : "const" in node ? [node["const"]] : [];
  const types = [...new Set(values.map((value: unknown) => (value === null ? "null" : typeof value)))].filter((type) =>
    ["string", "number", "boolean", "null"].includes(type),
  );
  return types.length > 1 ? types : types[0];
}

function includes(type: unknown, one: string): boolean {
  return type === one || (Array.isArray(type) && type.includes(one));
}

function pick(node: JsonSchema, keys: readonly string[]): JsonSchema {
  return Object.fromEntries(keys.filter((key) => node[key] !== undefined).map((key) => [key, node[key]]));
}

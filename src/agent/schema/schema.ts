import type { JsonSchema } from "../../model/model.ts";
import { fields } from "../../model/read.ts";
import type { Schema } from "../../types/schema.ts";
import { jsonSchemaOf } from "./json-schema.ts";
import { SchemaError } from "./schema-error.ts";
import { toStrict } from "./strict.ts";

export { SchemaError, schemaMistake } from "./schema-error.ts";

/** A schema as a model is given it. */
export interface ModelSchema {
  /** Has an object at its root. */
  readonly schema: JsonSchema;
  /** The value itself stands under `value`, since the root must be an object. */
  readonly wrapped: boolean;
  readonly strict: boolean;
}

/**
 * The schema of an agent's answer: strict, or a `SchemaError` that lists what strict output cannot express.
 * It describes the schema's input, which the model writes; the validated output is what the step gives.
 *
 * @param place what the schema is, for messages: `output of agent "critic"`
 * @param given the JSON Schema, where the schema cannot tell its own
 */
export function answerSchema(schema: Schema, place: string, given?: JsonSchema): ModelSchema {
  const found = jsonSchemaOf(schema, place, given);
  const strict = toStrict(found);
  if (strict.isOk()) return withObjectRoot(strict.value, true);
  const list = strict.error.map(({ path, problem, remedy }) => `${problem} at ${path === "" ? "its root" : path} (${remedy})`);
  throw new SchemaError(`${place} to be a schema that strict structured output can express`, list.join("; "));
}

/** The schema of a tool's input: strict where that can be said, else as it is. */
export function toolSchema(schema: Schema, place: string, given?: JsonSchema): ModelSchema {
  const found = jsonSchemaOf(schema, place, given);
  return toStrict(found).match(
    (strict) => withObjectRoot(strict, true),
    () => {
      const { $schema: _, ...rest } = found;
      return withObjectRoot(rest, false);
    },
  );
}

/** Takes a value out of the wrapping that `withObjectRoot` put it in. A model that left the wrapping out is forgiven. */
export function unwrap(value: unknown, { wrapped }: Pick<ModelSchema, "wrapped">): unknown {
  const given = fields(value);
  return wrapped && given !== undefined && Object.keys(given).length === 1 && Object.hasOwn(given, "value") ? given["value"] : value;
}

function withObjectRoot(schema: JsonSchema, strict: boolean): ModelSchema {
  const root = followed(schema);
  const wrapped = root["type"] !== "object" || root["anyOf"] !== undefined || root["oneOf"] !== undefined;
  return Object.freeze({ schema: wrapped ? wrap(schema) : root, wrapped, strict });
}

/** A root that only refers to an object is that object. */
function followed(schema: JsonSchema): JsonSchema {
  const [, place, name] = /^#\/(definitions|\$defs)\/([^/]+)$/.exec(String(schema["$ref"])) ?? [];
  const target = place === undefined || name === undefined ? undefined : fields(fields(schema[place])?.[name]);
  if (target?.["type"] !== "object") return schema;
  const { $ref: _, ...rest } = schema;
  return { ...target, ...rest };
}

/** References to the root would point at the wrapping: the root moves to a definition, and they follow it there. */
function wrap(schema: JsonSchema): JsonSchema {
  const { definitions, $defs, ...root } = schema;
  const known = fields(definitions) ?? {};
  let name = "answer";
  while (Object.hasOwn(known, name)) name += "_";
  const moved = `#/definitions/${name}`;
  const follow = (part: unknown) => redirect(part, (ref) => (/^#(?:\/(?:definitions|\$defs)\/.*)$/.test(ref) ? ref : moved + ref.slice(1)));
  const refersToRoot = JSON.stringify(schema) !== JSON.stringify(follow(schema));
  const all = { ...known, ...(refersToRoot && { [name]: root }) };
  return {
    type: "object",
    properties: { value: refersToRoot ? { $ref: moved } : root },
    required: ["value"],
    additionalProperties: false,
    ...(Object.keys(all).length > 0 && { definitions: follow(all) }),
    ...($defs !== undefined && { $defs: follow($defs) }),
  };
}

function redirect(part: unknown, to: (ref: string) => string): unknown {
  if (Array.isArray(part)) return part.map((one) => redirect(one, to));
  const node = fields(part);
  if (node === undefined) return part;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === "$ref" && typeof value === "string" ? to(value) : redirect(value, to)]),
  );
}

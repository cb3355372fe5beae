import type { JsonSchema } from "../../model/model.ts";
import { fields } from "../../model/read.ts";
import { messageOf, show } from "../../plan/show.ts";
import type { Schema } from "../../types/schema.ts";
import { SchemaError } from "./schema-error.ts";
import { toStrict } from "./strict.ts";

/**
 * The JSON Schema of what a schema takes in, which is what a model must write. zod 4, arktype and others tell it
 * themselves (https://standardschema.dev/json-schema); valibot through `@valibot/to-json-schema`, where that is installed.
 */
export function jsonSchemaOf(schema: Schema, place: string, given?: JsonSchema): JsonSchema {
  const standard = standardOf(schema, place);
  if (given !== undefined) return checked(given, `jsonSchema of ${place}`);
  const convert = converter(schema, standard, place);
  try {
    return checked(convert({ target: "draft-07" }), place);
  } catch (thrown) {
    if (thrown instanceof SchemaError) throw thrown;
    throw new SchemaError(
      `${place} to be expressible as JSON Schema`,
      `${messageOf(thrown)}${whereabouts(convert)}`,
      "use a type that JSON has, or give the option jsonSchema",
    );
  }
}

type Converter = (options: { readonly target: string; readonly libraryOptions?: Record<string, unknown> }) => unknown;

interface Standard {
  readonly vendor?: unknown;
  readonly jsonSchema?: { readonly input?: unknown };
}

function standardOf(schema: unknown, place: string): Standard {
  // arktype's schemas are functions.
  const standard =
    (typeof schema === "object" && schema !== null) || typeof schema === "function"
      ? fields((schema as { readonly "~standard"?: unknown })["~standard"])
      : undefined;
  if (typeof standard?.["validate"] !== "function")
    throw new SchemaError(`${place} to be a Standard Schema, as zod, valibot and arktype make them`, show(schema));
  return standard;
}

function converter(schema: Schema, standard: Standard, place: string): Converter {
  const own = standard.jsonSchema;
  if (typeof own?.input === "function") return (options) => (own as { input: Converter }).input(options);
  if (standard.vendor === "valibot") {
    const toJsonSchema = valibotConverter();
    if (toJsonSchema === undefined) {
      throw new SchemaError(
        `@valibot/to-json-schema for ${place}`,
        "a valibot schema without it",
        "npm install @valibot/to-json-schema, or give the option jsonSchema",
      );
    }
    return ({ target, libraryOptions }) => toJsonSchema(schema, { target, typeMode: "input", ...libraryOptions });
  }
  throw new SchemaError(
    `${place} to tell its JSON Schema`,
    `a schema of ${show(standard.vendor)} that cannot`,
    "give the option jsonSchema",
  );
}

type ValibotConverter = (schema: unknown, options: object) => unknown;

let valibot: ValibotConverter | undefined;

/**
 * An optional peer of heddle's, loaded when the first valibot schema comes: agents are built synchronously, so it is
 * required and not imported. Looked up beside heddle, then from the working directory, for a heddle that is linked in.
 */
function valibotConverter(): ValibotConverter | undefined {
  // Asked of the process, so that bundles for places without this module can be made of the core.
  const { createRequire } = process.getBuiltinModule("node:module");
  for (const from of [import.meta.url, `${process.cwd()}/package.json`]) {
    if (valibot !== undefined) break;
    try {
      const loaded: { readonly toJsonSchema?: ValibotConverter } = createRequire(from)("@valibot/to-json-schema");
      if (typeof loaded.toJsonSchema === "function") valibot = loaded.toJsonSchema;
    } catch {
      // Not there: the next place, or the error that says how to install it.
    }
  }
  return valibot;
}

/** Libraries say what they cannot convert, and not where: asked to let it pass, they leave a hole that can be found. */
function whereabouts(convert: Converter): string {
  try {
    const lenient = convert({ target: "draft-07", libraryOptions: { unrepresentable: "any", errorMode: "ignore" } });
    const paths = toStrict(checked(lenient, "")).match(
      () => [],
      (findings) => findings.filter(({ problem }) => problem.startsWith("a value without a type")).map(({ path }) => path || "the root"),
    );
    return paths.length === 0 ? "" : ` (at ${paths.join(", ")})`;
  } catch {
    return "";
  }
}

/** A plain copy, so that nobody changes a schema that is in use; a ring of objects ends here. */
function checked(schema: unknown, place: string): JsonSchema {
  if (fields(schema) === undefined) throw new SchemaError(`${place} to be a JSON Schema object`, show(schema));
  try {
    return JSON.parse(JSON.stringify(schema));
  } catch (thrown) {
    throw new SchemaError(`${place} to be plain JSON`, messageOf(thrown), "use $ref for recursion");
  }
}

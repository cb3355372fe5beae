import type { JsonSchema } from "../../model/model.ts";
import { isObject } from "../request/fields.ts";
import { fillNumber } from "./fill-number.ts";
import { fillString } from "./fill-string.ts";
import { outcomeWord, type Review } from "./rubric.ts";
import { words } from "./sentences.ts";

/** What values are filled from. */
export interface Material {
  readonly title: string;
  /** The question or task: what search-like strings get. */
  readonly query: string;
  /** The text to write, for strings named text, draft or so. */
  readonly text: string;
  /** Extracts, for every other string, in turn. */
  readonly extracts: readonly string[];
  readonly sources: readonly string[];
  readonly instructions: string;
  /** Reviews the text under review, when a property asks for an outcome. */
  readonly review: () => Review;
}

/** A walk through one schema. */
export interface Filling {
  readonly material: Material;
  readonly root: JsonSchema;
  /** Numbers that stand in the query, used up from the front. */
  readonly numbers: number[];
  /** How many extracts were used. */
  used: number;
}

const negative = /(?:needs|requires).*|revis|reject|fail|issue|problem|error/i;
const verdictLike = /approv|pass|verdict|accept|score|quality|rating|grade|ready|valid|revis|reject|good|decision|outcome|status/i;
const notesLike =
  /^(?:notes?|feedback|reasons?|comments?|critique|suggestions?|issues?|problems?|improvements?|rationale)$|(?:Notes|Feedback|Reasons?|Comments|Issues)$/;
const sourceLike = /source|citation|reference/i;
const deepest = 8;

/** Whether a schema asks for a verdict on something. */
export function asksForOutcome(schema: JsonSchema): boolean {
  return isObject(schema.properties) && Object.keys(schema.properties).some((name) => verdictLike.test(name) || notesLike.test(name));
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (typeof schema.$ref !== "string") return schema;
  const found = schema.$ref
    .split("/")
    .slice(1)
    .reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), root);
  return isObject(found) ? found : {};
}

function fillEnum(values: readonly unknown[], filling: Filling): unknown {
  const texts = values.filter((value) => typeof value === "string");
  const { material } = filling;
  const isVerdict = outcomeWord(texts, true) !== undefined && outcomeWord(texts, false) !== undefined;
  if (isVerdict) return outcomeWord(texts, material.review().pass);
  // Not a verdict: the member that shares most words with the question.
  const asked = new Set(words(material.query.toLowerCase()));
  const shared = texts.map((text) => words(text.replace(/[_-]/g, " ").toLowerCase()).filter((word) => asked.has(word)).length);
  const most = Math.max(0, ...shared);
  return most > 0 ? texts[shared.indexOf(most)] : values[0];
}

function fillArray(schema: JsonSchema, name: string, filling: Filling, depth: number): unknown {
  const least = typeof schema.minItems === "number" ? schema.minItems : 0;
  const most = typeof schema.maxItems === "number" ? schema.maxItems : Number.POSITIVE_INFINITY;
  const items = isObject(schema.items) ? resolve(schema.items, filling.root) : {};
  // Items that wait for others: made-up ids would name nothing.
  if (least === 0 && /depend|blocked|prerequisite/i.test(name)) return [];
  if (depth > deepest) return [];
  const listed = notesLike.test(name) ? filling.material.review().notes : sourceLike.test(name) ? filling.material.sources : undefined;
  if (items.type === "string" && items.enum === undefined && listed !== undefined) {
    const padded = Array.from({ length: Math.max(least, listed.length) }, (_, index) => listed[index] ?? "none");
    return padded.slice(0, most);
  }
  const count = Math.min(Math.max(least, items.enum === undefined ? 3 : 1), most);
  return Array.from({ length: count }, () => fill(items, name, filling, depth + 1));
}

function fillObject(schema: JsonSchema, filling: Filling, depth: number): unknown {
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  // fromEntries and not assignment: a property may be called __proto__.
  return Object.fromEntries(properties.map(([name, one]) => [name, fill(isObject(one) ? one : {}, name, filling, depth + 1)]));
}

/** The alternative of a union to take: the first that is no null, unless the walk is already deep. */
function pickAlternative(list: readonly unknown[], depth: number): JsonSchema {
  const schemas = list.filter(isObject);
  const isNull = (one: JsonSchema): boolean => one.type === "null";
  return (depth > 3 ? schemas.find(isNull) : undefined) ?? schemas.find((one) => !isNull(one)) ?? { type: "null" };
}

function isTrue(name: string, filling: Filling): boolean {
  if (!verdictLike.test(name) && !negative.test(name)) return true;
  return filling.material.review().pass !== negative.test(name);
}

/** A value for any JSON Schema. Outcomes follow the review, texts and numbers come from the material. */
export function fill(given: JsonSchema, name: string, filling: Filling, depth = 0): unknown {
  const schema = resolve(given, filling.root);
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return fillEnum(schema.enum, filling);
  const union = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(union)) return fill(pickAlternative(union, depth), name, filling, depth + 1);
  const kinds: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  switch (kinds.find((kind) => kind !== "null") ?? (isObject(schema.properties) ? "object" : kinds[0])) {
    case "object":
      return fillObject(schema, filling, depth);
    case "array":
      return fillArray(schema, name, filling, depth);
    case "boolean":
      return isTrue(name, filling);
    case "number":
    case "integer":
      return fillNumber(schema, name, filling, verdictLike.test(name));
    case "null":
      return null;
    default:
      return notesLike.test(name) ? notesText(schema, filling) : fillString(schema, name, filling);
  }
}

function notesText(schema: JsonSchema, { material }: Filling): string {
  const { notes } = material.review();
  const text = notes.length === 0 ? "No changes needed." : notes.join(" ");
  return typeof schema.maxLength === "number" ? text.slice(0, schema.maxLength) : text;
}

/** Fills a schema from its root. */
export function fillSchema(schema: JsonSchema, material: Material): unknown {
  const numbers = (material.query.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
  return fill(schema, "", { material, root: schema, numbers, used: 0 });
}

import type { JsonSchema } from "../../model/model.ts";
import type { Filling } from "./fill.ts";

/** A range such as "0 to 100" or "1-5" in a description or in the instructions. */
const rangeWords = /\b(\d{1,4})\s*(?:-|–|to|\.\.|and)\s*(\d{1,4})\b/;

function bound(schema: JsonSchema, keys: readonly string[]): number | undefined {
  return keys.map((key) => schema[key]).find((value) => typeof value === "number");
}

function range(schema: JsonSchema, filling: Filling): readonly [number, number] {
  const least = bound(schema, ["minimum", "exclusiveMinimum"]);
  const most = bound(schema, ["maximum", "exclusiveMaximum"]);
  const said = rangeWords.exec(typeof schema.description === "string" ? schema.description : filling.material.instructions);
  const low = least ?? (said === null ? 0 : Number(said[1]));
  const high = most ?? (said === null ? 10 : Number(said[2]));
  return high > low ? [low, high] : [low, low + 10];
}

function fit(value: number, schema: JsonSchema): number {
  const step = typeof schema.multipleOf === "number" ? schema.multipleOf : schema.type === "number" ? undefined : 1;
  const most = bound(schema, ["maximum"]) ?? (bound(schema, ["exclusiveMaximum"]) ?? Number.POSITIVE_INFINITY) - (step ?? 1e-6);
  const least = bound(schema, ["minimum"]) ?? (bound(schema, ["exclusiveMinimum"]) ?? Number.NEGATIVE_INFINITY) + (step ?? 1e-6);
  const inside = Math.min(Math.max(value, least), most);
  return step === undefined ? inside : Math.round(inside / step) * step;
}

/** A score in the schema's range (0 to 10 where nothing names one), or else the next number of the query. */
export function fillNumber(schema: JsonSchema, _name: string, filling: Filling, isScore: boolean): number {
  if (isScore) {
    const [low, high] = range(schema, filling);
    const exact = low + (high - low) * filling.material.review().score;
    return fit(Math.round(exact * 100) / 100, schema);
  }
  return fit(filling.numbers.shift() ?? 1, schema);
}

import { badRequest } from "../api-error.ts";

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function spell(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

function wrongType(param: string, expected: string, value: unknown): never {
  if (value === undefined) throw badRequest(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
  throw badRequest(`Invalid type for '${param}': expected ${expected}, but got ${spell(value)} instead.`, param, "invalid_type");
}

/** The readers below answer with the value or throw OpenAI's 400, which names the parameter. */
export function needString(value: unknown, param: string): string {
  return typeof value === "string" ? value : wrongType(param, "a string", value);
}

export function needArray(value: unknown, param: string): readonly unknown[] {
  return Array.isArray(value) ? value : wrongType(param, "an array", value);
}

export function needObject(value: unknown, param: string): JsonObject {
  return isObject(value) ? value : wrongType(param, "an object", value);
}

/** Missing and null both count as not given, as in OpenAI's API. */
export function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function optionalString(value: unknown, param: string): string {
  return given(value) ? needString(value, param) : "";
}

export function optionalBoolean(value: unknown, param: string): boolean {
  if (!given(value)) return false;
  return typeof value === "boolean" ? value : wrongType(param, "a boolean", value);
}

/** Names of tools and schemas. */
export function needName(value: unknown, param: string): string {
  const name = needString(value, param);
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(name)) return name;
  throw badRequest(
    `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$' and has at most 64 characters.`,
    param,
    "invalid_value",
  );
}

export function refuseUnknown(body: JsonObject, known: object): void {
  for (const key of Object.keys(body)) {
    if (!Object.hasOwn(known, key)) throw badRequest(`Unknown parameter: '${key}'.`, key, "unknown_parameter");
  }
}

export function checkNumber(body: JsonObject, key: string, minimum: number, maximum: number, whole = false): void {
  const value = body[key];
  if (!given(value)) return;
  if (typeof value !== "number") wrongType(key, whole ? "an integer" : "a number", value);
  if (value < minimum || value > maximum || (whole && !Number.isInteger(value))) {
    throw badRequest(
      `Invalid '${key}': expected ${whole ? "an integer" : "a value"} from ${minimum} to ${maximum}, but got ${value} instead.`,
      key,
      "invalid_value",
    );
  }
}

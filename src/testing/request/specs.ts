import { badRequest } from "../api-error.ts";
import { given, type JsonObject, needName, needObject, optionalBoolean, optionalString } from "./fields.ts";
import type { ParsedRequest, ServedTool } from "./request.ts";
import { checkSchema } from "./strict-schema.ts";

/** Refuses a value that is none of the supported ones. */
export function unsupported(value: unknown, supported: readonly string[], param: string): never {
  const list = supported.map((one) => `'${one}'`).join(", ");
  throw badRequest(`Invalid value: '${String(value)}'. Supported values are: ${list}.`, param, "invalid_value");
}

/** Reads a function that the model may call; both APIs spell it alike, one of them a level deeper. */
export function readFunction(spec: JsonObject, at: string): ServedTool {
  const name = needName(spec.name, `${at}.name`);
  const parameters = given(spec.parameters) ? needObject(spec.parameters, `${at}.parameters`) : { type: "object", properties: {} };
  const strict = optionalBoolean(spec.strict, `${at}.strict`);
  checkSchema(parameters, `function '${name}'`, `${at}.parameters`, strict);
  return { name, description: optionalString(spec.description, `${at}.description`), parameters, strict };
}

/** Reads the schema the answer must have; `param` is what OpenAI blames for a bad one. */
export function readOutputSchema(spec: JsonObject, at: string, param: string): Pick<ParsedRequest, "outputSchema"> {
  const name = needName(spec.name, `${at}.name`);
  const schema = needObject(spec.schema, `${at}.schema`);
  const strict = optionalBoolean(spec.strict, `${at}.strict`);
  checkSchema(schema, `response_format '${name}'`, param, strict);
  return { outputSchema: { name, schema, strict } };
}

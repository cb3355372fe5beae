import type { ResponseCreateParams } from "openai/resources/responses/responses";
import { badRequest } from "../api-error.ts";
import { readToolChoice } from "./content.ts";
import {
  checkNumber,
  given,
  type JsonObject,
  needArray,
  needObject,
  needString,
  optionalBoolean,
  optionalString,
  refuseUnknown,
} from "./fields.ts";
import type { ParsedRequest, ServedTool } from "./request.ts";
import { readInput } from "./responses-input.ts";
import { readFunction, readOutputSchema, unsupported } from "./specs.ts";
import { checkToolOrder } from "./tool-order.ts";

type Known = { readonly [Key in keyof ResponseCreateParams]-?: true };

/** Checked against the `openai` package, so that an update that adds a parameter shows up here. */
const known: Known = {
  stream: true,
  access_programs: true,
  background: true,
  context_management: true,
  conversation: true,
  image: true,
  include: true,
  input: true,
  instructions: true,
  max_output_tokens: true,
  max_tool_calls: true,
  metadata: true,
  model: true,
  moderation: true,
  parallel_tool_calls: true,
  previous_response_id: true,
  prompt: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning: true,
  safety_identifier: true,
  service_tier: true,
  store: true,
  stream_options: true,
  temperature: true,
  text: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  truncation: true,
  user: true,
};

function readTool(value: unknown, index: number): ServedTool {
  const tool = needObject(value, `tools[${index}]`);
  if (tool.type !== "function") unsupported(tool.type, ["function"], `tools[${index}].type`);
  return readFunction(tool, `tools[${index}]`);
}

function readFormat(text: unknown): Pick<ParsedRequest, "outputSchema"> {
  if (!given(text)) return {};
  const format = needObject(text, "text").format;
  if (!given(format)) return {};
  const spec = needObject(format, "text.format");
  if (spec.type === "text" || spec.type === "json_object") return {};
  if (spec.type !== "json_schema") unsupported(spec.type, ["json_object", "json_schema", "text"], "text.format.type");
  return readOutputSchema(spec, "text.format", "text.format.schema");
}

/** Reads and checks the body of POST /v1/responses. Nothing is stored, so a previous response is never found. */
export function readResponsesRequest(body: JsonObject): ParsedRequest {
  refuseUnknown(body, known);
  if (given(body.previous_response_id)) {
    throw badRequest(
      `Previous response with id '${String(body.previous_response_id)}' not found.`,
      "previous_response_id",
      "previous_response_not_found",
    );
  }
  const model = needString(body.model, "model");
  const messages = readInput(body.input);
  checkToolOrder(messages, "responses");
  checkNumber(body, "temperature", 0, 2);
  checkNumber(body, "top_p", 0, 1);
  checkNumber(body, "max_output_tokens", 16, Number.MAX_SAFE_INTEGER, true);
  const own = optionalString(body.instructions, "instructions");
  const system = messages.flatMap((message) => (message.role === "system" ? [message.text] : []));
  return {
    model,
    instructions: (own === "" ? system : [own, ...system]).join("\n"),
    messages: own === "" ? messages : [{ role: "system", text: own }, ...messages],
    tools: given(body.tools) ? needArray(body.tools, "tools").map(readTool) : [],
    toolChoice: readToolChoice(body.tool_choice),
    ...readFormat(body.text),
    stream: optionalBoolean(body.stream, "stream"),
    includeUsage: true,
  };
}

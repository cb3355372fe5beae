import type { ResponseCreateParams } from "openai/resources/responses/responses";
import { badRequest } from "./api-error.ts";
import { readContent, readToolChoice } from "./content.ts";
import {
  checkNumber,
  given,
  type JsonObject,
  needArray,
  needName,
  needObject,
  needString,
  optionalBoolean,
  optionalString,
  refuseUnknown,
} from "./fields.ts";
import type { ParsedRequest, ServedMessage, ServedTool } from "./request.ts";
import { checkSchema } from "./strict-schema.ts";
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

function readRole(item: JsonObject, at: string): ServedMessage {
  const role = needString(item.role, `${at}.role`);
  const content = `${at}.content`;
  if (!given(item.content))
    throw badRequest(`Missing required parameter: '${content}'.`, content, "missing_required_parameter");
  switch (role) {
    case "system":
    case "developer":
      return { role: "system", text: readContent(item.content, content, ["input_text"]).text };
    case "user":
      return { role: "user", ...readContent(item.content, content, ["input_text"], ["input_image", "input_file"]) };
    case "assistant":
      return {
        role: "assistant",
        text: readContent(item.content, content, ["output_text", "refusal"]).text,
        toolCalls: [],
      };
    default:
      throw badRequest(
        `Invalid value: '${role}'. Supported values are: 'assistant', 'system', 'developer', and 'user'.`,
        `${at}.role`,
        "invalid_value",
      );
  }
}

function readItem(value: unknown, index: number): ServedMessage | undefined {
  const at = `input[${index}]`;
  const item = needObject(value, at);
  switch (item.type ?? "message") {
    case "message":
      return readRole(item, at);
    case "function_call": {
      const call = {
        id: needString(item.call_id, `${at}.call_id`),
        name: needName(item.name, `${at}.name`),
        arguments: needString(item.arguments, `${at}.arguments`),
      };
      return { role: "assistant", text: "", toolCalls: [call] };
    }
    case "function_call_output":
      return {
        role: "tool",
        text: readContent(item.output, `${at}.output`, ["input_text"], ["input_image", "input_file"]).text,
        callId: needString(item.call_id, `${at}.call_id`),
      };
    case "reasoning":
      return undefined;
    default:
      throw badRequest(
        `Invalid value: '${String(item.type)}'. Supported values are: 'message', 'function_call', 'function_call_output', and 'reasoning'.`,
        `${at}.type`,
        "invalid_value",
      );
  }
}

/** On this API the calls of one turn are items of their own; they become one message, as in chat. */
function joinCalls(messages: readonly ServedMessage[]): readonly ServedMessage[] {
  const joined: ServedMessage[] = [];
  for (const message of messages) {
    const before = joined.at(-1);
    if (message.role === "assistant" && message.toolCalls.length > 0 && before?.role === "assistant") {
      joined[joined.length - 1] = { ...before, toolCalls: [...before.toolCalls, ...message.toolCalls] };
    } else {
      joined.push(message);
    }
  }
  return joined;
}

function readInput(input: unknown): readonly ServedMessage[] {
  if (typeof input === "string") return [{ role: "user", text: input, parts: [{ type: "input_text", text: input }] }];
  const messages = needArray(input, "input").flatMap((item, index) => readItem(item, index) ?? []);
  if (messages.length === 0)
    throw badRequest("Missing required parameter: 'input'.", "input", "missing_required_parameter");
  return joinCalls(messages);
}

function readTool(value: unknown, index: number): ServedTool {
  const at = `tools[${index}]`;
  const tool = needObject(value, at);
  if (tool.type !== "function")
    throw badRequest(
      `Invalid value: '${String(tool.type)}'. This server knows 'function' tools only.`,
      `${at}.type`,
      "invalid_value",
    );
  const name = needName(tool.name, `${at}.name`);
  const parameters = given(tool.parameters)
    ? needObject(tool.parameters, `${at}.parameters`)
    : { type: "object", properties: {} };
  const strict = optionalBoolean(tool.strict, `${at}.strict`);
  checkSchema(parameters, `function '${name}'`, `${at}.parameters`, strict);
  return { name, description: optionalString(tool.description, `${at}.description`), parameters, strict };
}

function readFormat(text: unknown): Pick<ParsedRequest, "outputSchema"> {
  if (!given(text)) return {};
  const format = needObject(text, "text").format;
  if (!given(format)) return {};
  const spec = needObject(format, "text.format");
  if (spec.type === "text" || spec.type === "json_object") return {};
  if (spec.type !== "json_schema")
    throw badRequest(
      `Invalid value: '${String(spec.type)}'. Supported values are: 'json_object', 'json_schema', and 'text'.`,
      "text.format.type",
      "invalid_value",
    );
  const name = needName(spec.name, "text.format.name");
  const schema = needObject(spec.schema, "text.format.schema");
  const strict = optionalBoolean(spec.strict, "text.format.strict");
  checkSchema(schema, `response_format '${name}'`, "text.format.schema", strict);
  return { outputSchema: { name, schema, strict } };
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

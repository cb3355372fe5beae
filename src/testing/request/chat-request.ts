import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { badRequest } from "../api-error.ts";
import { readMessage } from "./chat-messages.ts";
import { readToolChoice } from "./content.ts";
import { checkNumber, given, type JsonObject, needArray, needObject, needString, optionalBoolean, refuseUnknown } from "./fields.ts";
import type { ParsedRequest, ServedMessage, ServedTool } from "./request.ts";
import { readFunction, readOutputSchema, unsupported } from "./specs.ts";
import { checkToolOrder } from "./tool-order.ts";

type Known = { readonly [Key in keyof ChatCompletionCreateParams]-?: true };

/** Checked against the `openai` package, so that an update that adds a parameter shows up here. */
const known: Known = {
  stream: true,
  messages: true,
  model: true,
  audio: true,
  frequency_penalty: true,
  function_call: true,
  functions: true,
  logit_bias: true,
  logprobs: true,
  max_completion_tokens: true,
  max_tokens: true,
  metadata: true,
  modalities: true,
  moderation: true,
  n: true,
  parallel_tool_calls: true,
  prediction: true,
  presence_penalty: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning_effort: true,
  response_format: true,
  safety_identifier: true,
  seed: true,
  service_tier: true,
  stop: true,
  store: true,
  stream_options: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  user: true,
  verbosity: true,
  web_search_options: true,
};

function readTool(value: unknown, index: number): ServedTool {
  const tool = needObject(value, `tools[${index}]`);
  if (tool.type !== "function") unsupported(tool.type, ["function"], `tools[${index}].type`);
  return readFunction(needObject(tool.function, `tools[${index}].function`), `tools[${index}].function`);
}

function readFormat(format: unknown, messages: readonly ServedMessage[]): Pick<ParsedRequest, "outputSchema"> {
  if (!given(format)) return {};
  const { type, json_schema } = needObject(format, "response_format");
  if (type === "text") return {};
  if (type === "json_object") {
    if (messages.some((message) => /json/i.test(message.text))) return {};
    throw badRequest("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", "messages");
  }
  if (type !== "json_schema") unsupported(type, ["json_object", "json_schema", "text"], "response_format.type");
  const at = "response_format.json_schema";
  return readOutputSchema(needObject(json_schema, at), at, "response_format");
}

/** Reads and checks the body of POST /v1/chat/completions. */
export function readChatRequest(body: JsonObject): ParsedRequest {
  refuseUnknown(body, known);
  const model = needString(body.model, "model");
  const list = needArray(body.messages, "messages");
  if (list.length === 0)
    throw badRequest(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      "messages",
      "empty_array",
    );
  const messages = list.map(readMessage);
  checkToolOrder(messages, "chat");
  checkNumber(body, "temperature", 0, 2);
  checkNumber(body, "top_p", 0, 1);
  checkNumber(body, "max_tokens", 1, Number.MAX_SAFE_INTEGER, true);
  checkNumber(body, "max_completion_tokens", 1, Number.MAX_SAFE_INTEGER, true);
  const tools = given(body.tools) ? needArray(body.tools, "tools").map(readTool) : [];
  if (tools.length === 0 && given(body.tool_choice))
    throw badRequest("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.", "tool_choice");
  const stream = optionalBoolean(body.stream, "stream");
  if (given(body.stream_options) && !stream)
    throw badRequest("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  return {
    model,
    instructions: messages.flatMap((message) => (message.role === "system" ? [message.text] : [])).join("\n"),
    messages,
    tools,
    toolChoice: readToolChoice(body.tool_choice),
    ...readFormat(body.response_format, messages),
    stream,
    includeUsage: stream && given(body.stream_options) && needObject(body.stream_options, "stream_options").include_usage === true,
  };
}

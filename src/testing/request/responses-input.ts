import { ApiError, badRequest } from "../api-error.ts";
import { readContent } from "./content.ts";
import { given, type JsonObject, needArray, needName, needObject, needString } from "./fields.ts";
import type { ServedMessage } from "./request.ts";
import { unsupported } from "./specs.ts";

function readRole(item: JsonObject, at: string): ServedMessage {
  const role = needString(item.role, `${at}.role`);
  const content = `${at}.content`;
  if (!given(item.content)) throw badRequest(`Missing required parameter: '${content}'.`, content, "missing_required_parameter");
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
      return unsupported(role, ["assistant", "system", "developer", "user"], `${at}.role`);
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
      if (given(item.encrypted_content) || given(item.content)) return undefined;
      throw new ApiError(404, {
        message: `Item with id '${String(item.id)}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
        type: "invalid_request_error",
        param: "input",
        code: null,
      });
    default:
      return unsupported(item.type, ["message", "function_call", "function_call_output", "reasoning"], `${at}.type`);
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

/** Reads the `input` of a Responses request: a text, or items. */
export function readInput(input: unknown): readonly ServedMessage[] {
  if (typeof input === "string") return [{ role: "user", text: input, parts: [{ type: "input_text", text: input }] }];
  const messages = needArray(input, "input").flatMap((item, index) => readItem(item, index) ?? []);
  if (messages.length === 0) throw badRequest("Missing required parameter: 'input'.", "input", "missing_required_parameter");
  return joinCalls(messages);
}

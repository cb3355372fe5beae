import type { ToolCall } from "../../model/model.ts";
import { badRequest } from "../api-error.ts";
import { readContent } from "./content.ts";
import { given, needArray, needName, needObject, needString } from "./fields.ts";
import type { ServedMessage } from "./request.ts";
import { unsupported } from "./specs.ts";

function readCall(value: unknown, at: string): ToolCall {
  const call = needObject(value, at);
  const fn = needObject(call.function, `${at}.function`);
  return {
    id: needString(call.id, `${at}.id`),
    name: needName(fn.name, `${at}.function.name`),
    arguments: needString(fn.arguments, `${at}.function.arguments`),
  };
}

/** Reads one entry of a chat request's `messages`. */
export function readMessage(value: unknown, index: number): ServedMessage {
  const at = `messages[${index}]`;
  const message = needObject(value, at);
  const role = needString(message.role, `${at}.role`);
  const content = `${at}.content`;
  switch (role) {
    case "system":
    case "developer":
      return { role: "system", text: readContent(message.content, content, ["text"]).text };
    case "user":
      if (!given(message.content)) throw badRequest("Invalid value for 'content': expected a string, got null.", content);
      return { role: "user", ...readContent(message.content, content, ["text"], ["image_url", "file", "input_audio"]) };
    case "assistant": {
      const calls = given(message.tool_calls) ? needArray(message.tool_calls, `${at}.tool_calls`) : [];
      if (!given(message.content) && !given(message.refusal) && calls.length === 0) {
        throw badRequest("Invalid value for 'content': expected a string, got null.", content);
      }
      const toolCalls = calls.map((call, place) => readCall(call, `${at}.tool_calls[${place}]`));
      return { role: "assistant", text: readContent(message.content, content, ["text", "refusal"]).text, toolCalls };
    }
    case "tool":
      return {
        role: "tool",
        text: readContent(message.content, content, ["text"]).text,
        callId: needString(message.tool_call_id, `${at}.tool_call_id`),
      };
    default:
      return unsupported(role, ["system", "assistant", "user", "tool", "developer"], `${at}.role`);
  }
}

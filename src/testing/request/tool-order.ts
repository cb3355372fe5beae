import { badRequest } from "../api-error.ts";
import type { ServedMessage } from "./request.ts";

/** Every call of an assistant message is answered right after it, once, and by its id: both APIs refuse anything else. */
export function checkToolOrder(messages: readonly ServedMessage[], api: "chat" | "responses"): void {
  let open = new Set<string>();
  let known = new Set<string>();
  const refuseOpen = (): void => {
    if (open.size === 0) return;
    const ids = [...open].join(", ");
    throw api === "chat"
      ? badRequest(
          `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids}`,
          "messages",
        )
      : badRequest(`No tool output found for function call ${ids}.`, "input");
  };
  messages.forEach((message, index) => {
    if (message.role !== "tool") {
      refuseOpen();
      known = new Set(message.role === "assistant" ? message.toolCalls.map((call) => call.id) : []);
      open = new Set(known);
      return;
    }
    if (open.delete(message.callId)) return;
    if (known.has(message.callId)) {
      throw api === "chat"
        ? badRequest(
            `Invalid parameter: Duplicate value for 'tool_call_id' of '${message.callId}' in messages[${index}].`,
            `messages.[${index}].tool_call_id`,
          )
        : badRequest(`Duplicate function_call_output for call_id ${message.callId}.`, "input");
    }
    throw api === "chat"
      ? badRequest(
          "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
          `messages.[${index}].role`,
        )
      : badRequest(`No tool call found for function call output with call_id ${message.callId}.`, "input");
  });
  refuseOpen();
}

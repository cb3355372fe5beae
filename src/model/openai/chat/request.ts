import type { Message, ModelRequest, ModelSettings, Part, ToolSpec } from "../../model.ts";
import type { Fields } from "../../read.ts";
import { replayable } from "../../replayable.ts";
import { schemaName } from "../../schema-name.ts";
import { dataUrl } from "../data-url.ts";
import type { BodyOf } from "../protocol.ts";

/** A request as Chat Completions spells it. */
export function chatBody({ model, request, own, stream }: BodyOf): Fields {
  const { messages, output } = request;
  return {
    ...request.settings?.extra,
    model,
    messages: messages.map(toChat),
    ...toolFields(request),
    ...(output !== undefined && {
      response_format: { type: "json_schema", json_schema: { name: schemaName(output.name), schema: output.schema, strict: true } },
    }),
    ...settingsFields(request.settings, own),
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  };
}

function settingsFields(settings: ModelSettings = {}, own: boolean): Fields {
  const { temperature, topP, maxOutputTokens } = settings;
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    // OpenAI's reasoning models refuse max_tokens; Ollama, LM Studio and others know nothing else.
    ...(maxOutputTokens !== undefined && { [own ? "max_completion_tokens" : "max_tokens"]: maxOutputTokens }),
  };
}

function toolFields({ tools = [], settings }: ModelRequest): Fields {
  if (tools.length === 0) return {};
  const choice = settings?.toolChoice;
  return {
    tools: tools.map(toTool),
    ...(choice !== undefined && {
      tool_choice: typeof choice === "string" ? choice : { type: "function", function: { name: choice.tool } },
    }),
  };
}

function toTool({ name, description, input, strict }: ToolSpec): Fields {
  return { type: "function", function: { name, description, parameters: input, ...(strict === true && { strict }) } };
}

function toChat(message: Message): Fields {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.content };
    case "user":
      return { role: "user", content: typeof message.content === "string" ? message.content : message.content.map(toPart) };
    case "tool":
      return { role: "tool", tool_call_id: message.callId, content: message.content };
    case "assistant": {
      const { content, toolCalls = [] } = message;
      if (toolCalls.length === 0) return { role: "assistant", content };
      const calls = toolCalls.map((call) => ({
        id: call.id,
        type: "function",
        function: { name: call.name, arguments: replayable(call.arguments) },
      }));
      return { role: "assistant", content: content === "" ? null : content, tool_calls: calls };
    }
  }
}

function toPart(part: Part): Fields {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image":
      return { type: "image_url", image_url: { url: part.url } };
    case "file":
      return { type: "file", file: { filename: part.name ?? "file", file_data: dataUrl(part.data, part.mediaType) } };
  }
}

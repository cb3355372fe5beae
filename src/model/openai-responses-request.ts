import { dataUrl } from "./data-url.ts";
import type { Message, ModelRequest, ModelSettings, Part, ToolSpec } from "./model.ts";
import type { BodyOf } from "./protocol.ts";
import type { Fields } from "./read.ts";
import { replayable } from "./replayable.ts";
import { schemaName } from "./schema-name.ts";

/** A request as the Responses API spells it: the whole history, and nothing stored. */
export function responsesBody({ model, request, stream }: BodyOf): Fields {
  const { messages, output } = request;
  return {
    ...request.settings?.extra,
    model,
    store: false,
    input: messages.flatMap(toItems),
    ...toolFields(request),
    ...(output !== undefined && {
      text: { format: { type: "json_schema", name: schemaName(output.name), schema: output.schema, strict: true } },
    }),
    ...settingsFields(request.settings),
    ...(stream && { stream: true }),
  };
}

function settingsFields({ temperature, topP, maxOutputTokens }: ModelSettings = {}): Fields {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
  };
}

function toolFields({ tools = [], settings }: ModelRequest): Fields {
  if (tools.length === 0) return {};
  const choice = settings?.toolChoice;
  return {
    tools: tools.map(toTool),
    ...(choice !== undefined && { tool_choice: typeof choice === "string" ? choice : { type: "function", name: choice.tool } }),
  };
}

/** `strict` is said either way: here, unlike in Chat, it is on where a tool does not say. */
function toTool({ name, description, input, strict = false }: ToolSpec): Fields {
  return { type: "function", name, description, parameters: input, strict };
}

function toItems(message: Message): readonly Fields[] {
  switch (message.role) {
    case "system":
      return [{ role: "system", content: message.content }];
    case "user":
      return [{ role: "user", content: typeof message.content === "string" ? message.content : message.content.map(toPart) }];
    case "tool":
      return [{ type: "function_call_output", call_id: message.callId, output: message.content }];
    case "assistant": {
      const said = message.content === "" ? [] : [{ role: "assistant", content: message.content }];
      const calls = (message.toolCalls ?? []).map((call) => ({
        type: "function_call",
        call_id: call.id,
        name: call.name,
        arguments: replayable(call.arguments),
      }));
      return [...said, ...calls];
    }
  }
}

function toPart(part: Part): Fields {
  switch (part.type) {
    case "text":
      return { type: "input_text", text: part.text };
    case "image":
      return { type: "input_image", image_url: part.url, detail: "auto" };
    case "file":
      return { type: "input_file", filename: part.name ?? "file", file_data: dataUrl(part.data, part.mediaType) };
  }
}

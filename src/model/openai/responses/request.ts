import type { Message, ModelRequest, ModelSettings, Part, ToolSpec } from "../../model.ts";
import type { Fields } from "../../read.ts";
import { replayable } from "../../replayable.ts";
import { schemaName } from "../../schema-name.ts";
import { dataUrl } from "../data-url.ts";
import type { BodyOf } from "../protocol.ts";

/** A request as the Responses API spells it: the whole history, and nothing stored. */
export function responsesBody({ model, request, stream }: BodyOf): Fields {
  const { messages, output } = request;
  return {
    ...request.settings?.extra,
    model,
    store: false,
    input: messages.flatMap((message) => toItems(message, model)),
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

function toItems(message: Message, model: string): readonly Fields[] {
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
      return carry(message.carried?.model === model ? message.carried.items : [], said, calls);
    }
  }
}

/** Reasoning stands where it stood: before the text or the call that came of it. */
function carry(items: readonly Fields[], said: readonly Fields[], calls: readonly Fields[]): readonly Fields[] {
  const texts = [...said];
  const left = [...calls];
  const placed = items.flatMap((item) => {
    if (item["type"] === "reasoning") return [item];
    const next = item["type"] === "function_call" ? left.shift() : item["type"] === "message" ? texts.shift() : undefined;
    return next === undefined ? [] : [next];
  });
  return [...placed, ...texts, ...left];
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

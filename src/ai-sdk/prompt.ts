import type {
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
} from "@ai-sdk/provider";
import type { Message, Part } from "../model/model.ts";
import { replayable } from "../model/replayable.ts";
import { type Slot, slotsOf } from "./carried.ts";
import { fileData } from "./file-data.ts";

type Assistant = Extract<Message, { readonly role: "assistant" }>;

/** A conversation as the AI SDK spells it, current version. `identity` is the model's: what it carried is only given back to it. */
export function toPrompt(messages: readonly Message[], identity: string): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  const called = new Map<string, string>();
  for (const message of messages) {
    if (message.role === "assistant") for (const { id, name } of message.toolCalls ?? []) called.set(id, name);
    if (message.role !== "tool") {
      prompt.push(toMessage(message, identity));
      continue;
    }
    const result = {
      type: "tool-result" as const,
      toolCallId: message.callId,
      toolName: called.get(message.callId) ?? "unknown",
      output: { type: "text" as const, value: message.content },
    };
    // The results of one turn stand in one message: some providers refuse a second one.
    const last = prompt.at(-1);
    if (last?.role === "tool") last.content.push(result);
    else prompt.push({ role: "tool", content: [result] });
  }
  return prompt;
}

/** The version before has the data of a file bare, without a word on what it is. */
export function toPromptV3(messages: readonly Message[], identity: string): LanguageModelV3Prompt {
  return toPrompt(messages, identity).map((message): LanguageModelV3Message => {
    if (message.role !== "user") return message as LanguageModelV3Message;
    return {
      role: "user",
      content: message.content.map((part) => (part.type === "file" ? { ...part, data: bare(part.data) } : part)),
    };
  });
}

function bare(data: LanguageModelV4FilePart["data"]): string | Uint8Array | URL {
  if (data.type === "url") return data.url;
  return data.type === "data" ? data.data : "";
}

function toMessage(message: Exclude<Message, { readonly role: "tool" }>, identity: string): LanguageModelV4Message {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.content };
    case "user": {
      const { content } = message;
      return { role: "user", content: typeof content === "string" ? [{ type: "text", text: content }] : content.map(toPart) };
    }
    case "assistant":
      return { role: "assistant", content: toContent(message, slotsOf(message, identity)) };
  }
}

type Content = Extract<LanguageModelV4Message, { role: "assistant" }>["content"];

function toContent(message: Assistant, slots: readonly Slot[]): Content {
  const calls = (message.toolCalls ?? []).map(
    ({ id, name, arguments: raw }): LanguageModelV4ToolCallPart => ({
      type: "tool-call",
      toolCallId: id,
      toolName: name,
      input: JSON.parse(replayable(raw)),
    }),
  );
  const texts = message.content === "" && calls.length > 0 ? [] : [{ type: "text" as const, text: message.content }];
  const placed = slots.flatMap(({ type, text, pinned }): Content => {
    if (type === "reasoning") return [{ type, text, ...pinned }];
    const next = type === "text" ? texts.shift() : calls.shift();
    return next === undefined ? [] : [{ ...next, ...pinned }];
  });
  return [...placed, ...texts, ...calls];
}

function toPart(part: Part): LanguageModelV4TextPart | LanguageModelV4FilePart {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image":
      return { type: "file", ...fileData(part.url, "image/*") };
    case "file":
      return {
        type: "file",
        ...(part.name !== undefined && { filename: part.name }),
        data: fileData(part.data, part.mediaType).data,
        mediaType: part.mediaType,
      };
  }
}

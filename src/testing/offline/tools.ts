import { callTools, type ServedReply } from "../reply/reply.ts";
import type { ServedMessage, ServedRequest, ServedTool } from "../request/request.ts";
import { fillSchema, type Material } from "./fill.ts";
import { searchOver } from "./search.ts";
import { sentences } from "./sentences.ts";

/** The tool results since the newest user message, each with the name of its tool. */
export function toolResults(messages: readonly ServedMessage[]): readonly { readonly tool: string; readonly text: string }[] {
  const recent = messages.slice(messages.findLastIndex((message) => message.role === "user") + 1);
  const names = new Map(
    recent.flatMap((message) => (message.role === "assistant" ? message.toolCalls : [])).map((call) => [call.id, call.name]),
  );
  return recent.flatMap((message) => (message.role === "tool" ? { tool: names.get(message.callId) ?? "", text: message.text } : []));
}

function spaced(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/[_-]/g, " ");
}

function bestTool(request: ServedRequest, query: string): ServedTool | undefined {
  const { toolChoice, tools } = request;
  if (toolChoice === "none") return undefined;
  if (typeof toolChoice === "object") return tools.find((tool) => tool.name === toolChoice.name);
  const search = searchOver(tools.map(({ name, description }) => ({ title: name, text: `${spaced(name)} ${description}` })));
  const [found] = search.best(query, 1, request.instructions);
  return tools.find((tool) => tool.name === found?.title) ?? tools[0];
}

/** Calls the tool that suits the query best, with arguments from its schema; `undefined` when none is to be called. */
export function callBestTool(request: ServedRequest, material: Material): ServedReply | undefined {
  const tool = bestTool(request, material.query);
  if (tool === undefined) return undefined;
  return callTools([{ name: tool.name, args: fillSchema(tool.parameters, material) as object }]);
}

const shortResult = 400;

/** `{"a":1}` reads as `a: 1`; anything that is no flat JSON object stays as it is. */
function readable(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return text;
    return Object.entries(value)
      .map(([key, one]) => `${key}: ${typeof one === "string" ? one : JSON.stringify(one)}`)
      .join("\n");
  } catch {
    return text;
  }
}

/** Answers from what tools returned: short results whole, of long ones the sentences nearest to the query. */
export function answerFrom(results: readonly { readonly tool: string; readonly text: string }[], query: string): string {
  const texts = results.map(({ text }) => readable(text));
  if (texts.join("\n").length <= shortResult) return texts.join("\n");
  const passages = texts.flatMap((text, index) =>
    sentences(text).map((sentence) => ({ title: results[index]?.tool ?? "", text: sentence })),
  );
  const found = searchOver(passages).best(query, 4);
  return (found.length > 0 ? found : passages.slice(0, 4)).map(({ text }) => text).join(" ");
}

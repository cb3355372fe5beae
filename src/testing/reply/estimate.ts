import type { ParsedRequest } from "../request/request.ts";
import type { Answer, ServedUsage } from "./reply.ts";

/** Four characters a token, rounded up: the rule of thumb OpenAI gives for English text. */
function tokens(characters: number): number {
  return Math.ceil(characters / 4);
}

/** The usage a reply reports unless it is scripted: characters / 4 of what went in and of what comes out. */
export function estimateUsage(request: ParsedRequest, answer: Answer): ServedUsage {
  let input = 0;
  for (const message of request.messages) {
    input += message.text.length;
    if (message.role === "assistant") input += JSON.stringify(message.toolCalls).length;
  }
  if (request.tools.length > 0) input += JSON.stringify(request.tools).length;
  if (request.outputSchema !== undefined) input += JSON.stringify(request.outputSchema.schema).length;
  let output = (answer.text ?? "").length + (answer.refusal ?? "").length;
  for (const call of answer.toolCalls) output += call.name.length + call.arguments.length;
  return { inputTokens: tokens(input), outputTokens: tokens(output) };
}

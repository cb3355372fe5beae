import type { Response, ResponseOutputItem, ResponseOutputMessage, ResponseUsage } from "openai/resources/responses/responses";
import type { JsonObject } from "../request/fields.ts";
import type { AnswerFacts } from "./rendered.ts";
import type { Answer, ServedUsage } from "./reply.ts";

type OutputPart = ResponseOutputMessage["content"][number];

/** Over the wire there is no `output_text`: the client adds it. */
export type ResponseBody = Omit<Response, "output_text" | "access_programs">;

function usageOf(usage: ServedUsage): ResponseUsage {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedInputTokens ?? 0, cache_write_tokens: 0 },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}

function parts(answer: Answer): OutputPart[] {
  const list: OutputPart[] = [];
  if (answer.text !== null) list.push({ type: "output_text", text: answer.text, annotations: [], logprobs: [] });
  if (answer.refusal !== undefined) list.push({ type: "refusal", refusal: answer.refusal });
  return list;
}

/** Whether the answer stopped short of its end. */
export function isIncomplete(answer: Answer): boolean {
  return answer.finish === "length" || answer.finish === "content_filter";
}

/** The output items: a message, unless there are calls alone, and an item for each call. */
export function outputItems(answer: Answer, facts: AnswerFacts): ResponseOutputItem[] {
  if (answer.empty) return [];
  const status = isIncomplete(answer) ? "incomplete" : "completed";
  const calls = answer.toolCalls.map((call, index): ResponseOutputItem => {
    return {
      type: "function_call",
      id: `fc_${facts.id}_${index}`,
      call_id: call.id,
      name: call.name,
      arguments: call.arguments,
      status: "completed",
    };
  });
  const content = parts(answer);
  const thought = reasoningItem(answer, facts);
  if (content.length === 0 && calls.length > 0) return [...thought, ...calls];
  return [...thought, { type: "message", id: `msg_${facts.id}`, role: "assistant", status, content }, ...calls];
}

function reasoningItem({ reasoning }: Answer, { id }: AnswerFacts): ResponseOutputItem[] {
  if (reasoning === undefined) return [];
  return [{ type: "reasoning", id: `rs_${id}`, summary: [], ...(reasoning !== null && { encrypted_content: reasoning }) }];
}

/** The parts every state of one response shares. Settings the request gave come back as they were sent. */
function frame(facts: AnswerFacts, request: JsonObject): Omit<ResponseBody, "output" | "status" | "incomplete_details" | "usage"> {
  const echo = request as Partial<ResponseBody>;
  return {
    id: `resp_${facts.id}`,
    object: "response",
    created_at: facts.created,
    error: null,
    instructions: echo.instructions ?? null,
    max_output_tokens: echo.max_output_tokens ?? null,
    metadata: echo.metadata ?? {},
    model: facts.model,
    parallel_tool_calls: echo.parallel_tool_calls ?? true,
    previous_response_id: null,
    temperature: echo.temperature ?? 1,
    text: echo.text ?? { format: { type: "text" } },
    tool_choice: echo.tool_choice ?? "auto",
    tools: echo.tools ?? [],
    top_p: echo.top_p ?? 1,
    truncation: "disabled",
  };
}

/** The response as a stream begins with it. */
export function startedBody(facts: AnswerFacts, request: JsonObject): ResponseBody {
  return { ...frame(facts, request), status: "in_progress", incomplete_details: null, output: [] };
}

/** The finished response. */
export function responsesBody(answer: Answer, usage: ServedUsage | null, facts: AnswerFacts, request: JsonObject): ResponseBody {
  return {
    ...frame(facts, request),
    status: isIncomplete(answer) ? "incomplete" : "completed",
    incomplete_details:
      answer.finish === "length"
        ? { reason: "max_output_tokens" }
        : answer.finish === "content_filter"
          ? { reason: "content_filter" }
          : null,
    output: outputItems(answer, facts),
    ...(usage !== null && { usage: usageOf(usage) }),
  };
}

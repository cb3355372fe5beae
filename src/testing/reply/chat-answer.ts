import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";
import type { CompletionUsage } from "openai/resources/completions";
import { pieces } from "./pieces.ts";
import type { AnswerFacts, StreamEvent } from "./rendered.ts";
import type { Answer, ServedUsage } from "./reply.ts";

function usageOf(usage: ServedUsage): CompletionUsage {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens ?? 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens ?? 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** The body of a chat completion. */
export function chatBody(answer: Answer, usage: ServedUsage | null, facts: AnswerFacts): ChatCompletion {
  const choice: ChatCompletion.Choice = {
    index: 0,
    message: {
      role: "assistant",
      content: answer.text,
      refusal: answer.refusal ?? null,
      annotations: [],
      ...(answer.toolCalls.length > 0 && {
        tool_calls: answer.toolCalls.map(({ id, name, arguments: args }) => ({
          id,
          type: "function" as const,
          function: { name, arguments: args },
        })),
      }),
    },
    logprobs: null,
    finish_reason: answer.finish,
  };
  return {
    id: `chatcmpl-${facts.id}`,
    object: "chat.completion",
    created: facts.created,
    model: facts.model,
    choices: answer.empty ? [] : [choice],
    ...(usage !== null && { usage: usageOf(usage) }),
    service_tier: "default",
    system_fingerprint: "fp_heddle",
  };
}

type Delta = ChatCompletionChunk.Choice.Delta;

function* deltas(answer: Answer): Generator<Delta> {
  yield { role: "assistant", content: answer.toolCalls.length > 0 || answer.text === null ? null : "", refusal: null };
  for (const content of pieces(answer.text ?? "")) yield { content };
  for (const refusal of pieces(answer.refusal ?? "")) yield { refusal };
  for (const [index, call] of answer.toolCalls.entries()) {
    yield { tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }] };
    for (const args of pieces(call.arguments)) yield { tool_calls: [{ index, function: { arguments: args } }] };
  }
}

/** The chunks of a chat completion: role, contents, finish reason and, where asked for, usage without choices. */
export function chatEvents(answer: Answer, usage: ServedUsage | null, facts: AnswerFacts, includeUsage: boolean): readonly StreamEvent[] {
  const chunk = (choices: ChatCompletionChunk["choices"], counted: CompletionUsage | null = null): StreamEvent => {
    const data: ChatCompletionChunk = {
      id: `chatcmpl-${facts.id}`,
      object: "chat.completion.chunk",
      created: facts.created,
      model: facts.model,
      service_tier: "default",
      system_fingerprint: "fp_heddle",
      choices,
      ...(includeUsage && { usage: counted }),
    };
    return { data };
  };
  const events: StreamEvent[] = [];
  if (!answer.empty) {
    for (const delta of deltas(answer)) events.push(chunk([{ index: 0, delta, logprobs: null, finish_reason: null }]));
    events.push(chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: answer.finish }]));
  }
  if (includeUsage && usage !== null) events.push(chunk([], usageOf(usage)));
  return events;
}

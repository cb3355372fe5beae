import type {
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseStreamEvent,
} from "openai/resources/responses/responses";
import type { JsonObject } from "../request/fields.ts";
import { pieces } from "./pieces.ts";
import type { AnswerFacts, StreamEvent } from "./rendered.ts";
import type { Answer, ServedUsage } from "./reply.ts";
import { isIncomplete, outputItems, type ResponseBody, responsesBody, startedBody } from "./responses-answer.ts";

type WithoutNumber<Event> = Event extends unknown
  ? Omit<Event, "sequence_number" | "response"> & (Event extends { response: unknown } ? { response: ResponseBody } : unknown)
  : never;
type Unnumbered = WithoutNumber<ResponseStreamEvent>;

function* messageEvents(item: ResponseOutputMessage, output_index: number): Generator<Unnumbered> {
  yield { type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", content: [] } };
  for (const [content_index, part] of item.content.entries()) {
    const at = { item_id: item.id, output_index, content_index };
    if (part.type === "output_text") {
      yield { type: "response.content_part.added", ...at, part: { ...part, text: "" } };
      for (const delta of pieces(part.text)) yield { type: "response.output_text.delta", ...at, delta, logprobs: [] };
      yield { type: "response.output_text.done", ...at, text: part.text, logprobs: [] };
    } else {
      yield { type: "response.content_part.added", ...at, part: { ...part, refusal: "" } };
      for (const delta of pieces(part.refusal)) yield { type: "response.refusal.delta", ...at, delta };
      yield { type: "response.refusal.done", ...at, refusal: part.refusal };
    }
    yield { type: "response.content_part.done", ...at, part };
  }
  yield { type: "response.output_item.done", output_index, item };
}

function* callEvents(item: ResponseFunctionToolCall, output_index: number): Generator<Unnumbered> {
  const at = { item_id: item.id ?? "", output_index };
  yield { type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", arguments: "" } };
  for (const delta of pieces(item.arguments)) yield { type: "response.function_call_arguments.delta", ...at, delta };
  yield { type: "response.function_call_arguments.done", ...at, arguments: item.arguments };
  yield { type: "response.output_item.done", output_index, item };
}

function itemEvents(item: ResponseOutputItem, index: number): Iterable<Unnumbered> {
  if (item.type === "message") return messageEvents(item, index);
  if (item.type === "function_call") return callEvents(item, index);
  // Nothing of the reasoning is shown on the way.
  return [
    { type: "response.output_item.added", output_index: index, item },
    { type: "response.output_item.done", output_index: index, item },
  ];
}

function* events(answer: Answer, usage: ServedUsage | null, facts: AnswerFacts, request: JsonObject): Generator<Unnumbered> {
  yield { type: "response.created", response: startedBody(facts, request) };
  yield { type: "response.in_progress", response: startedBody(facts, request) };
  for (const [index, item] of outputItems(answer, facts).entries()) yield* itemEvents(item, index);
  const response = responsesBody(answer, usage, facts, request);
  yield { type: isIncomplete(answer) ? "response.incomplete" : "response.completed", response };
}

/** The events of a streamed response, numbered from 0. */
export function responsesEvents(
  answer: Answer,
  usage: ServedUsage | null,
  facts: AnswerFacts,
  request: JsonObject,
): readonly StreamEvent[] {
  return [...events(answer, usage, facts, request)].map((event, sequence_number) => ({
    event: event.type,
    data: { ...event, sequence_number },
  }));
}

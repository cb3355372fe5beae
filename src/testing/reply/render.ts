import { ApiError } from "../api-error.ts";
import type { ServedRequest } from "../request/request.ts";
import { chatBody, chatEvents } from "./chat-answer.ts";
import { estimateUsage } from "./estimate.ts";
import type { AnswerFacts, Rendered } from "./rendered.ts";
import type { Answer, Content, ErrorContent, ScriptedAnswer } from "./reply.ts";
import { responsesBody } from "./responses-answer.ts";
import { responsesEvents } from "./responses-stream.ts";

export function json(status: number, value: unknown, headers: { readonly [name: string]: string } = {}): Rendered {
  return { kind: "body", status, contentType: "application/json", body: JSON.stringify(value), headers };
}

function renderAnswer(scripted: ScriptedAnswer, request: ServedRequest): Rendered {
  const id = String(request.index).padStart(6, "0");
  const facts: AnswerFacts = { id, model: request.model, created: Math.floor(Date.now() / 1000) };
  const toolCalls = scripted.toolCalls.map((call, index) => ({ ...call, id: call.id ?? `call_${id}_${index}` }));
  const answer: Answer = { ...scripted, toolCalls };
  const usage = answer.usage === undefined ? estimateUsage(request, answer) : answer.usage;
  if (request.api === "chat") {
    return request.stream
      ? { kind: "events", events: chatEvents(answer, usage, facts, request.includeUsage), done: true }
      : json(200, chatBody(answer, usage, facts));
  }
  return request.stream
    ? { kind: "events", events: responsesEvents(answer, usage, facts, request.body), done: false }
    : json(200, responsesBody(answer, usage, facts, request.body));
}

function renderError(content: ErrorContent, request: ServedRequest): Rendered {
  const { body, headers } = new ApiError(content.status, content.error);
  if (content.status !== 200 || !request.stream) return json(content.status, body, headers);
  const event = request.api === "chat" ? { data: body } : { event: "error", data: { ...body.error, type: "error", sequence_number: 0 } };
  return { kind: "events", events: [event], done: false };
}

/** Spells a reply in the request's API; `undefined` when the reply is to hang up. */
export function render(content: Content, request: ServedRequest): Rendered | undefined {
  switch (content.kind) {
    case "answer":
      return renderAnswer(content, request);
    case "error":
      return renderError(content, request);
    case "page":
      return { ...content, kind: "body" };
    case "hang-up":
      return undefined;
  }
}

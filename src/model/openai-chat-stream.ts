import { err, ok, type Result } from "neverthrow";
import { bodyTrouble } from "./errors.ts";
import { chatEnd, chatUsage } from "./openai-chat-reply.ts";
import { type EventReader, truncated } from "./protocol.ts";
import type { RawReply } from "./raw-reply.ts";
import { type Fields, fields, list, text, whole } from "./read.ts";
import type { Trouble } from "./trouble.ts";

interface PartialCall {
  readonly index: number | undefined;
  id: string | undefined;
  name: string;
  arguments: string;
}

/** Puts a streamed chat reply together. Only a `finish_reason` says that it is whole: `[DONE]` may be missing. */
export function chatReader(): EventReader {
  const calls: PartialCall[] = [];
  let said = "";
  let refusal = "";
  let begun = false;
  let finish: unknown;
  let usage: unknown;
  let failure: Trouble | undefined;

  function push(event: unknown): string {
    const chunk = fields(event) ?? {};
    const error = fields(chunk["error"]);
    if (error !== undefined) failure ??= bodyTrouble(error);
    usage = fields(chunk["usage"]) ?? usage;
    const choice = list(chunk["choices"])
      .map(fields)
      .find((found) => (found?.["index"] ?? 0) === 0);
    begun ||= choice !== undefined;
    finish = choice?.["finish_reason"] ?? finish;
    const delta = fields(choice?.["delta"]) ?? {};
    refusal += text(delta["refusal"]) ?? "";
    for (const part of list(delta["tool_calls"])) extend(calls, fields(part) ?? {});
    const piece = text(delta["content"]) ?? "";
    said += piece;
    return piece;
  }

  function result(): Result<RawReply, Trouble> {
    if (failure !== undefined) return err(failure);
    // Usage comes last: a stream that got there without a choice is whole, and has nothing in it.
    const empty = !begun && usage !== undefined;
    if (finish === undefined && !empty) return err(truncated);
    return ok({ text: said, refusal, calls, ended: chatEnd(finish), empty, usage: chatUsage(usage) });
  }

  return { push, finish: result };
}

/** A piece belongs to the call of its index; from servers that send none, to the call of its id, or to the last one. */
function extend(calls: PartialCall[], part: Fields): void {
  const index = whole(part["index"]);
  const id = text(part["id"]);
  const named = fields(part["function"]) ?? {};
  let call =
    index === undefined
      ? id === undefined
        ? calls.at(-1)
        : calls.find((known) => known.id === id)
      : calls.find((known) => known.index === index);
  if (call === undefined) {
    call = { index, id, name: "", arguments: "" };
    calls.push(call);
  }
  call.id ??= id;
  // The name comes once and whole; servers that repeat it in every piece must not double it.
  if (call.name === "") call.name = text(named["name"]) ?? "";
  call.arguments += text(named["arguments"]) ?? "";
}

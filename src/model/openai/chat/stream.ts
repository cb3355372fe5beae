import { err, ok, type Result } from "neverthrow";
import { bodyTrouble } from "../../errors.ts";
import type { RawReply } from "../../raw-reply.ts";
import { fields, list, text } from "../../read.ts";
import { type Trouble, truncated } from "../../trouble.ts";
import type { EventReader } from "../protocol.ts";
import { extend, type PartialCall } from "./calls.ts";
import { chatEnd } from "./finish-reason.ts";
import { chatUsage, contentText, firstChoice } from "./reply.ts";

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
    const choice = firstChoice(chunk["choices"]);
    const broken = fields(choice?.["error"]);
    if (broken !== undefined) failure ??= bodyTrouble(broken);
    begun ||= choice !== undefined;
    finish = choice?.["finish_reason"] ?? finish;
    // Servers that stream in one piece may spell it as a whole message.
    const delta = fields(choice?.["delta"]) ?? fields(choice?.["message"]) ?? {};
    refusal += text(delta["refusal"]) ?? "";
    for (const part of list(delta["tool_calls"])) extend(calls, fields(part) ?? {});
    const piece = contentText(delta["content"]);
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

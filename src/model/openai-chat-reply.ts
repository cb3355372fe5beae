import { err, ok, type Result } from "neverthrow";
import { errorInReply } from "./errors.ts";
import { notAReply } from "./not-a-reply.ts";
import type { RawReply } from "./raw-reply.ts";
import { fields, list, text } from "./read.ts";
import type { Trouble } from "./trouble.ts";
import type { ReportedUsage } from "./usage.ts";

/** Reads a whole chat completion. */
export function readChat(given: unknown): Result<RawReply, Trouble> {
  const reply = fields(given);
  const error = reply?.["error"];
  if (error !== undefined && error !== null) return err(errorInReply(error));
  if (!Array.isArray(reply?.["choices"])) return err(notAReply(given, "choices"));
  const choice = fields(reply["choices"][0]);
  const message = fields(choice?.["message"]) ?? {};
  return ok({
    text: contentText(message["content"]),
    refusal: text(message["refusal"]) ?? "",
    calls: list(message["tool_calls"]).map((call) => {
      const named = fields(fields(call)?.["function"]);
      return { id: fields(call)?.["id"], name: named?.["name"], arguments: named?.["arguments"] };
    }),
    ended: chatEnd(choice?.["finish_reason"]),
    empty: choice === undefined,
    usage: chatUsage(reply["usage"]),
  });
}

/** Text, or a list of text parts, as some servers send it. */
function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map((part) => text(fields(part)?.["text"]) ?? "")
    .join("");
}

export function chatEnd(reason: unknown): RawReply["ended"] {
  return reason === "length" || reason === "content_filter" ? reason : "whole";
}

export function chatUsage(given: unknown): ReportedUsage | undefined {
  const usage = fields(given);
  if (usage === undefined) return undefined;
  return {
    input: usage["prompt_tokens"],
    cached: fields(usage["prompt_tokens_details"])?.["cached_tokens"],
    output: usage["completion_tokens"],
    reasoning: fields(usage["completion_tokens_details"])?.["reasoning_tokens"],
  };
}

import { err, ok, type Result } from "neverthrow";
import { errorInReply } from "../../errors.ts";
import { notAReply } from "../../not-a-reply.ts";
import type { RawReply } from "../../raw-reply.ts";
import { type Fields, fields, list, text } from "../../read.ts";
import type { Trouble } from "../../trouble.ts";
import { type ReportedUsage, readUsage } from "../../usage.ts";
import { chatEnd } from "./finish-reason.ts";

/** Reads a whole chat completion. */
export function readChat(given: unknown): Result<RawReply, Trouble> {
  const reply = fields(given);
  const error = reply?.["error"];
  if (error !== undefined && error !== null) return err(errorInReply(error));
  if (!Array.isArray(reply?.["choices"])) return err(notAReply(given, "choices"));
  const choice = firstChoice(reply["choices"]) ?? fields(reply["choices"][0]);
  if (fields(choice?.["error"]) !== undefined)
    return err({ ...errorInReply(choice?.["error"]), usage: readUsage(chatUsage(reply["usage"])).usage });
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

/** The one that an agent goes by, where a server gives several, in any order. */
export function firstChoice(choices: unknown): Fields | undefined {
  return list(choices)
    .map(fields)
    .find((choice) => choice !== undefined && (choice["index"] ?? 0) === 0);
}

/** Text, or a list of text parts, as some servers send it. */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map((part) => text(fields(part)?.["text"]) ?? "")
    .join("");
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

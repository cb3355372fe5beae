import { err, ok, type Result } from "neverthrow";
import { bodyTrouble, errorInReply } from "../../errors.ts";
import { notAReply } from "../../not-a-reply.ts";
import type { RawReply } from "../../raw-reply.ts";
import { type Fields, fields, list, text } from "../../read.ts";
import type { Trouble } from "../../trouble.ts";
import { type ReportedUsage, readUsage } from "../../usage.ts";

/** Reads a whole response. */
export function readResponses(given: unknown): Result<RawReply, Trouble> {
  const reply = fields(given);
  if (reply?.["status"] === "failed") return err(failedTrouble(reply));
  const error = reply?.["error"];
  if (error !== undefined && error !== null) return err(errorInReply(error));
  if (!Array.isArray(reply?.["output"])) return err(notAReply(given, "output"));
  return readResponse(reply);
}

/** A response that failed on the way says why, and may have cost something. */
export function failedTrouble(reply: Fields): Trouble {
  return { ...bodyTrouble(fields(reply["error"]) ?? {}), usage: readUsage(responsesUsage(reply["usage"])).usage };
}

/** Reads a response object, which is also what the last event of a stream carries. */
export function readResponse(reply: Fields, output: readonly unknown[] = list(reply["output"])): Result<RawReply, Trouble> {
  const status = text(reply["status"]) ?? "completed";
  if (status !== "completed" && status !== "incomplete")
    return err({ type: "protocol", got: `a reply that is ${JSON.stringify(status)}`, retryable: true });
  const items = objects(output);
  const parts = items.filter((item) => item["type"] === "message").flatMap((item) => objects(list(item["content"])));
  return ok({
    text: joined(parts, "output_text", "text"),
    refusal: joined(parts, "refusal", "refusal"),
    calls: items
      .filter((item) => item["type"] === "function_call")
      .map((item) => ({ id: item["call_id"], name: item["name"], arguments: item["arguments"] })),
    ended:
      status === "completed" ? "whole" : fields(reply["incomplete_details"])?.["reason"] === "content_filter" ? "content_filter" : "length",
    empty: items.length === 0,
    usage: responsesUsage(reply["usage"]),
    ...carriedFrom(items),
  });
}

/**
 * Reasoning that the next turn can be given back. Nothing is stored on the server, so an item must hold its own content,
 * encrypted or not; a bare id would be refused there. https://platform.openai.com/docs/guides/reasoning
 */
function carriedFrom(items: readonly Fields[]): Pick<RawReply, "carried"> {
  const isWhole = (item: Fields) => text(item["encrypted_content"]) !== undefined || list(item["content"]).length > 0;
  const carried = items.flatMap((item): readonly Fields[] =>
    item["type"] !== "reasoning" ? [{ type: item["type"] }] : isWhole(item) ? [item] : [],
  );
  return carried.some(({ type }) => type === "reasoning") ? { carried } : {};
}

function objects(given: readonly unknown[]): readonly Fields[] {
  return given.map(fields).filter((found) => found !== undefined);
}

function joined(parts: readonly Fields[], type: string, key: string): string {
  return parts.map((part) => (part["type"] === type ? (text(part[key]) ?? "") : "")).join("");
}

function responsesUsage(given: unknown): ReportedUsage | undefined {
  const usage = fields(given);
  if (usage === undefined) return undefined;
  return {
    input: usage["input_tokens"],
    cached: fields(usage["input_tokens_details"])?.["cached_tokens"],
    output: usage["output_tokens"],
    reasoning: fields(usage["output_tokens_details"])?.["reasoning_tokens"],
  };
}

import type { RawReply } from "./raw-reply.ts";

/** What servers that speak OpenAI's chat API say beside "length" and "content_filter", in small letters. */
const ends: ReadonlyMap<unknown, RawReply["ended"]> = new Map([
  ...["length", "max_tokens", "model_length"].map((reason) => [reason, "length"] as const),
  ...["content_filter", "safety", "sensitive", "recitation", "prohibited_content"].map((reason) => [reason, "content_filter"] as const),
  ...["error", "abort", "aborted", "network_error", "insufficient_system_resource"].map((reason) => [reason, "broken_off"] as const),
]);

/** How a chat reply ended. A word that nobody knows ("eos", "end_turn") is a model's that was done. */
export function chatEnd(reason: unknown): RawReply["ended"] {
  return (typeof reason === "string" ? ends.get(reason.toLowerCase()) : undefined) ?? "whole";
}

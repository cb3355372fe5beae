import type { RawReply } from "../../raw-reply.ts";

/** What servers that speak OpenAI's chat API say beside "length" and "content_filter", in small letters. */
const ends: Readonly<Record<string, RawReply["ended"]>> = {
  length: "length",
  max_tokens: "length",
  model_length: "length",
  content_filter: "content_filter",
  safety: "content_filter",
  sensitive: "content_filter",
  recitation: "content_filter",
  prohibited_content: "content_filter",
  error: "broken_off",
  abort: "broken_off",
  aborted: "broken_off",
  network_error: "broken_off",
  insufficient_system_resource: "broken_off",
};

/** How a chat reply ended. A word that nobody knows ("eos", "end_turn") is a model's that was done. */
export function chatEnd(reason: unknown): RawReply["ended"] {
  const word = typeof reason === "string" ? reason.toLowerCase() : "";
  return Object.hasOwn(ends, word) ? (ends[word] ?? "whole") : "whole";
}

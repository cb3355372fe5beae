import { err, type Result } from "neverthrow";
import type { RawReply } from "../model/raw-reply.ts";
import { type Fields, fields, list, text } from "../model/read.ts";
import type { RawCall } from "../model/tool-calls.ts";
import type { Trouble } from "../model/trouble.ts";
import { carriedFrom } from "./carried.ts";
import { conclude } from "./conclude.ts";

/** Reads what `doGenerate` resolved to. `structured` says that JSON was asked for. */
export function readGenerated(given: unknown, structured: boolean): Result<RawReply, Trouble> {
  const result = fields(given);
  if (!Array.isArray(result?.["content"])) return err({ type: "protocol", got: 'a result without "content" from the provider' });
  const parts = list(result["content"]).map((part) => fields(part) ?? {});
  const joined = parts.map((part) => (part["type"] === "text" ? (text(part["text"]) ?? "") : "")).join("");
  const chosen = result["structuredOutputText"];
  return conclude({
    // Drafts may stand before the answer: the provider says which text is the one that was asked for.
    text: structured && typeof chosen === "string" ? chosen : joined,
    calls: parts.filter(isOurCall).map(toCall),
    finish: result["finishReason"],
    usage: result["usage"],
    streamed: false,
    ...carriedFrom(parts.filter(isKept)),
  });
}

/** What the next turn may have to hold: neither files and sources, nor what the provider did by itself. */
function isKept(part: Fields): boolean {
  return part["type"] === "text" || part["type"] === "reasoning" || isOurCall(part);
}

/** A call that the provider does not run itself, as it does with its own web search. */
export function isOurCall(part: Fields): boolean {
  return part["type"] === "tool-call" && part["providerExecuted"] !== true;
}

export function toCall(part: Fields): RawCall {
  return { id: part["toolCallId"], name: part["toolName"], arguments: part["input"] };
}

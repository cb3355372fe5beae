import { err, type Result } from "neverthrow";
import type { Message, ModelReply } from "./model.ts";
import type { Fields } from "./read.ts";
import { type RawCall, settleCalls } from "./tool-calls.ts";
import type { Trouble } from "./trouble.ts";
import { type ReportedUsage, readUsage } from "./usage.ts";

/** A reply of either API, in JSON or streamed, before it is judged. */
export interface RawReply {
  readonly text: string;
  readonly refusal: string;
  readonly calls: readonly RawCall[];
  readonly ended: "whole" | "length" | "content_filter" | "broken_off";
  /** No choice and no output item. */
  readonly empty: boolean;
  readonly usage: ReportedUsage | undefined;
  /** See `Carried.items`. */
  readonly carried?: readonly Fields[];
}

/** Whether a reply can be used. Half of a reply is never taken for one, and what it cost is never lost. */
export function judge(raw: RawReply, history: readonly Message[]): Result<ModelReply, Trouble> {
  const { usage, missing } = readUsage(raw.usage);
  const spent = { usage, ...(missing && { usageMissing: true as const }) };
  const refuse = (trouble: Trouble) => err({ ...trouble, ...spent });
  if (raw.ended === "broken_off") return refuse({ type: "protocol", got: "a reply that its server broke off", retryable: true });
  if (raw.ended === "content_filter") return refuse({ type: "content_filter", got: "a reply that its content filter stopped" });
  if (raw.refusal !== "") return refuse({ type: "refusal", got: `a refusal: ${raw.refusal}` });
  if (raw.ended === "length")
    return refuse({
      type: "length",
      got: "a reply that was cut at its token limit",
      advice: "raise settings.maxOutputTokens, or ask for less",
    });
  if (raw.empty) return refuse({ type: "empty", got: "an answer with nothing in it" });
  if (raw.text === "" && raw.calls.length === 0) return refuse({ type: "no_content", got: "neither text nor a tool call" });
  return settleCalls(raw.calls, history)
    .map((toolCalls): ModelReply => ({ text: raw.text, toolCalls, ...spent }))
    .mapErr((trouble) => ({ ...trouble, ...spent }));
}

/** The reply with what its model wants to see again; nobody else can read that. */
export function withCarried(reply: ModelReply, { carried }: RawReply, model: string): ModelReply {
  return carried === undefined ? reply : { ...reply, carried: { model, items: carried } };
}

import type { SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { Message } from "../model/model.ts";
import { type Fields, fields, text } from "../model/read.ts";

type Assistant = Extract<Message, { readonly role: "assistant" }>;

/**
 * What a provider wants to see again with the next turn: its reasoning, and what it pinned to a text or a call, such as a
 * signature. In the order of the reply, with an entry of the type alone for what the message itself holds.
 */
export function carriedFrom(parts: readonly Fields[]): { readonly carried?: readonly Fields[] } {
  const items = parts.flatMap((part): readonly Fields[] => {
    const metadata = fields(part["providerMetadata"]);
    if (part["type"] === "reasoning") return reasoning(part, metadata);
    const pinned = metadata === undefined ? [] : Object.entries(metadata).filter(([, one]) => !isReference(one));
    return [{ type: part["type"], ...(pinned.length > 0 && { providerMetadata: Object.fromEntries(pinned) }) }];
  });
  return items.some((item) => item["type"] === "reasoning" || item["providerMetadata"] !== undefined) ? { carried: items } : {};
}

function reasoning(part: Fields, metadata: Fields | undefined): readonly Fields[] {
  const said = text(part["text"]) ?? "";
  // A bare id of what the server has stored: a request holds all that it needs, so that any server can answer it.
  if (metadata === undefined ? said === "" : Object.values(metadata).some((one) => isReference(one) && !isSealed(one))) return [];
  return [{ type: "reasoning", text: said, ...(metadata !== undefined && { providerMetadata: metadata }) }];
}

function isReference(metadata: unknown): boolean {
  return text(fields(metadata)?.["itemId"]) !== undefined;
}

function isSealed(metadata: unknown): boolean {
  return Object.entries(fields(metadata) ?? {}).some(([key, value]) => /encrypted/i.test(key) && text(value) !== undefined);
}

/** A place in an assistant's message: reasoning as it was, or the text or next call, with what was pinned to it. */
export interface Slot {
  readonly type: "reasoning" | "text" | "tool-call";
  readonly text: string;
  readonly pinned: { readonly providerOptions?: SharedV4ProviderOptions };
}

/** The slots of a message that this very model wrote; none for another's, which it could not read. */
export function slotsOf({ carried }: Assistant, identity: string): readonly Slot[] {
  if (carried?.model !== identity) return [];
  return carried.items.flatMap((item): readonly Slot[] => {
    const type = item["type"];
    if (type !== "reasoning" && type !== "text" && type !== "tool-call") return [];
    const providerOptions = fields(item["providerMetadata"]) as SharedV4ProviderOptions | undefined;
    return [{ type, text: text(item["text"]) ?? "", pinned: providerOptions === undefined ? {} : { providerOptions } }];
  });
}

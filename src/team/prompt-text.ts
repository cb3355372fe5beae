import type { Message, Part } from "../model/model.ts";
import type { PromptInput } from "../types/executable.ts";

/** A prompt as text for people and listeners: what is no text is left out. */
export function textOf(prompt: PromptInput): string {
  return typeof prompt === "string" ? prompt : prompt.map(pieceOf).filter(Boolean).join("\n");
}

function pieceOf(piece: Message | Part): string {
  if ("role" in piece) return piece.role === "user" ? textOf(piece.content) : "";
  return piece.type === "text" ? piece.text : "";
}

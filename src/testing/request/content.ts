import { badRequest } from "../api-error.ts";
import { given, isObject, needArray, needObject, needString } from "./fields.ts";
import type { ServedPart } from "./request.ts";
import { unsupported } from "./specs.ts";

export interface ReadContent {
  readonly text: string;
  readonly parts: readonly ServedPart[];
}

/** Reads content that is a string, null or a list of parts; `texts` are the part types that carry text. */
export function readContent(content: unknown, param: string, texts: readonly string[], others: readonly string[] = []): ReadContent {
  if (typeof content === "string") return { text: content, parts: [{ type: texts[0] ?? "text", text: content }] };
  if (!given(content)) return { text: "", parts: [] };
  const parts = needArray(content, param).map((part, index) => needObject(part, `${param}[${index}]`));
  const read = parts.map((part, index) => {
    const type = needString(part.type, `${param}[${index}].type`);
    if (texts.includes(type)) return needString(part.text ?? part.refusal, `${param}[${index}].text`);
    if (others.includes(type)) return undefined;
    return unsupported(type, [...texts, ...others], `${param}[${index}]`);
  });
  return { text: read.filter((text) => text !== undefined).join("\n"), parts };
}

export function readToolChoice(choice: unknown): "auto" | "required" | "none" | { readonly name: string } {
  if (!given(choice)) return "auto";
  if (choice === "auto" || choice === "required" || choice === "none") return choice;
  if (isObject(choice)) {
    const holder = isObject(choice.function) ? choice.function : choice;
    if (typeof holder.name === "string") return { name: holder.name };
  }
  throw badRequest("Invalid value for 'tool_choice'.", "tool_choice", "invalid_value");
}

import { err, ok, type Result } from "neverthrow";
import type { Message, Part } from "../model/model.ts";
import { fields } from "../model/read.ts";
import { show } from "../plan/show.ts";
import type { PromptInput } from "../types/executable.ts";
import { toJson } from "./plain.ts";

/**
 * The prompt that any value makes: text as it is, the outputs of a group as one section per arm, anything else as JSON.
 * `sections` says that the value came from a group, which no look at the value could tell.
 *
 * @example
 * render({ web: "Found.", papers: ["a"] }, { sections: true }); // "[web]: Found.\n\n[papers]: [\n  \"a\"\n]"
 */
export function render(value: unknown, { sections }: { readonly sections: boolean }): string {
  const arms = sections ? fields(value) : undefined;
  if (arms === undefined) return textOf(value);
  return Object.keys(arms)
    .map((arm) => `[${arm}]: ${textOf(arms[arm])}`)
    .join("\n\n");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : toJson(value);
}

/** Checks what an `input` function gave, since a JavaScript caller may give anything. */
export function readInput(given: unknown): Result<PromptInput, string> {
  if (typeof given === "string") return ok(given);
  if (!Array.isArray(given) || given.length === 0)
    return err(`Expected the input to be text, or a list of parts or messages with at least one, got ${show(given)}`);
  const conversation = fields(given[0])?.["role"] !== undefined;
  for (const [index, one] of given.entries()) {
    const trouble = conversation ? messageTrouble(one) : partTrouble(one);
    if (trouble !== undefined) return err(`Expected ${conversation ? "message" : "part"} ${index + 1} of the input ${trouble}`);
  }
  return ok(given as readonly Part[] | readonly Message[]);
}

/** The conversation that a request starts with. */
export function toMessages(instructions: string | undefined, input: PromptInput): Message[] {
  const system: readonly Message[] = instructions === undefined || instructions === "" ? [] : [{ role: "system", content: instructions }];
  return [...system, ...(isConversation(input) ? input : [{ role: "user" as const, content: input }])];
}

function isConversation(input: PromptInput): input is readonly Message[] {
  return typeof input !== "string" && input.some((one) => "role" in one);
}

function messageTrouble(given: unknown): string | undefined {
  const message = fields(given) ?? {};
  const { role, content } = message;
  if (role !== "system" && role !== "user" && role !== "assistant" && role !== "tool")
    return `to have the role system, user, assistant or tool, got ${show(role)}`;
  if (role === "tool" && typeof message["callId"] !== "string") return `to have a callId, got ${show(message["callId"])}`;
  if (role === "assistant" && message["toolCalls"] !== undefined && !isCallList(message["toolCalls"]))
    return `to have toolCalls of { id, name, arguments } in text, got ${show(message["toolCalls"])}`;
  if (typeof content === "string") return undefined;
  if (role !== "user") return `to have text as content, got ${show(content)}`;
  if (!Array.isArray(content) || content.length === 0) return `to have text or at least one part as content, got ${show(content)}`;
  return content.map(partTrouble).find((trouble) => trouble !== undefined);
}

function isCallList(given: unknown): boolean {
  return Array.isArray(given) && given.every((call) => ["id", "name", "arguments"].every((key) => typeof fields(call)?.[key] === "string"));
}

const needed: { readonly [type: string]: readonly string[] } = { text: ["text"], image: ["url"], file: ["data", "mediaType"] };

function partTrouble(given: unknown): string | undefined {
  const part = fields(given) ?? {};
  const type = part["type"];
  const keys = typeof type === "string" && Object.hasOwn(needed, type) ? needed[type] : undefined;
  if (keys === undefined) return `to have the type text, image or file, got ${show(type === undefined ? given : type)}`;
  const missing = keys.find((key) => typeof part[key] !== "string");
  return missing === undefined ? undefined : `of type ${show(type)} to have ${missing} in text, got ${show(part[missing])}`;
}

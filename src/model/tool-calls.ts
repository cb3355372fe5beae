import { err, ok, type Result } from "neverthrow";
import type { Message, ToolCall } from "./model.ts";
import { text } from "./read.ts";
import type { Trouble } from "./trouble.ts";

/** A tool call as it came: nothing is certain. */
export interface RawCall {
  readonly id: unknown;
  readonly name: unknown;
  readonly arguments: unknown;
}

/**
 * Gives every call a name, raw arguments and an id of its own. Small servers send no ids, or the same id in every turn,
 * and results are matched by id: a call without one, or with one that the conversation has seen, gets a new one. New
 * ids follow from the position in the conversation, so that a replay makes the same.
 */
export function settleCalls(calls: readonly RawCall[], history: readonly Message[]): Result<readonly ToolCall[], Trouble> {
  const taken = new Set(
    history.flatMap((message) => (message.role === "assistant" ? (message.toolCalls ?? []).map((call) => call.id) : [])),
  );
  const settled: ToolCall[] = [];
  for (const [index, call] of calls.entries()) {
    const name = text(call.name);
    if (name === undefined)
      return err({ type: "protocol", got: `a tool call without a name (number ${index + 1} of ${calls.length})`, retryable: true });
    const id = freeId(text(call.id), `call_${history.length}_${index}`, taken);
    taken.add(id);
    settled.push({ id, name, arguments: rawArguments(call.arguments) });
  }
  return ok(settled);
}

function freeId(given: string | undefined, position: string, taken: ReadonlySet<string>): string {
  if (given !== undefined && !taken.has(given)) return given;
  let id = position;
  for (let next = 2; taken.has(id); next++) id = `${position}_${next}`;
  return id;
}

/** Some servers send the arguments as an object; none at all means that the tool takes none. */
export function rawArguments(given: unknown): string {
  if (typeof given === "string") return given;
  return given === undefined || given === null ? "" : JSON.stringify(given);
}

import { badRequest } from "./api-error.ts";
import type { ServedRequest } from "./request/request.ts";

/** Answers a request: text, an object (sent as JSON), or a made reply. A throw becomes a 500, an `ApiError` its status. */
export type Handler = (request: ServedRequest) => unknown;

/** An entry of a script: a reply, or a function that makes it from the request. */
export type ScriptEntry = string | object | Handler;

function play(entry: ScriptEntry, request: ServedRequest): unknown {
  return typeof entry === "function" ? (entry as Handler)(request) : entry;
}

/** Gives the replies in order, and refuses the request after the last one. */
export function script(entries: readonly ScriptEntry[]): Handler {
  let next = 0;
  return (request) => {
    const entry = entries[next];
    if (entry === undefined) {
      throw badRequest(
        `script used up: request ${request.index} found all ${entries.length} replies given; add a reply to the script`,
        null,
        "script_used_up",
      );
    }
    next += 1;
    return play(entry, request);
  };
}

/**
 * Routes by what the instructions contain: the first key, in order, that is part of the request's system text. A list
 * is a script of its own; anything else answers every time. Concurrent agents ask in any order, so one list for all
 * would give them each other's replies.
 */
export function byInstructions(
  replies: { readonly [part: string]: ScriptEntry | readonly ScriptEntry[] },
  otherwise?: ScriptEntry,
): Handler {
  const routes = Object.entries(replies).map(([part, entry]): readonly [string, ScriptEntry] => [
    part,
    Array.isArray(entry) ? script(entry) : entry,
  ]);
  return (request) => {
    const entry = routes.find(([part]) => request.instructions.includes(part))?.[1] ?? otherwise;
    if (entry !== undefined) return play(entry, request);
    const known = routes.map(([part]) => JSON.stringify(part)).join(", ");
    throw badRequest(
      `Expected the instructions to contain one of ${known}, got ${JSON.stringify(request.instructions.slice(0, 200))}; add a route for them`,
      null,
      "no_route",
    );
  };
}

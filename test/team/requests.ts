import type { RunEvent } from "heddle";
import type { ServedRequest } from "heddle/testing";

/** The tool results of a request, each with the name of the call that it answers by its id. */
export function results(request: ServedRequest | undefined): (readonly [string | undefined, string])[] {
  const names = new Map(
    (request?.messages ?? []).flatMap((message) =>
      message.role === "assistant" ? message.toolCalls.map(({ id, name }) => [id, name] as const) : [],
    ),
  );
  return (request?.messages ?? []).flatMap((message) =>
    message.role === "tool" ? [[names.get(message.callId), message.text] as const] : [],
  );
}

/** Who was asked what, in the order in which they began. */
export function delegations(events: readonly RunEvent[]) {
  return events.flatMap((event) =>
    event.type === "team.delegated" ? [{ path: event.path, step: event.step, member: event.member, task: event.task }] : [],
  );
}

import { type Err, err } from "neverthrow";
import { redact } from "../../model/redact.ts";
import { knownSecrets } from "../../model/secrets.ts";
import { messageOf } from "../../plan/show.ts";

/** Why a call of a tool came to nothing. `tool_refused`: it has not run, and `message` is all that the model is told. */
export interface ToolTrouble {
  readonly type: "tool_refused" | "tool_failed";
  readonly message: string;
}

export function refused(message: string): Err<never, ToolTrouble> {
  return err({ type: "tool_refused", message });
}

/** A tool's error may quote the request that it made, key and all: what the model, the trace and the listeners get to know is redacted. */
export function failed(thrown: unknown): Err<never, ToolTrouble> {
  return err({ type: "tool_failed", message: redact(wordsOf(thrown), knownSecrets()) });
}

/** A connection that failed on every address of a host has nothing to say but what its parts do: Node leaves its message empty. */
function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof AggregateError) || thrown.message !== "" || thrown.errors.length === 0) return messageOf(thrown);
  return thrown.errors.slice(0, 5).map(messageOf).join("; ");
}

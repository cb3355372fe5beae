import { BuildError } from "../../plan/build-error.ts";
import { readTimeout } from "../../plan/limits.ts";
import { show } from "../../plan/show.ts";
import type { AsksFor } from "../../types/approval.ts";
import type { ToolContext } from "./tool.ts";

/** Which calls of a tool need approval, and how long they wait for it. */
export interface Gate {
  readonly asks: true | AsksFor<never, ToolContext>;
  /** Ms; undefined for as long as it takes. */
  readonly timeout: number | undefined;
}

interface GateOptions {
  readonly approval?: unknown;
  readonly approvalTimeout?: number;
}

/** The gate that options ask for; undefined where no call needs approval. */
export function readGate({ approval, approvalTimeout }: GateOptions, place: string): Gate | undefined {
  if (approvalTimeout !== undefined && approval === undefined)
    throw new BuildError(`approval of ${place} to be there, since approvalTimeout is`, approval);
  const timeout = readTimeout(approvalTimeout, undefined);
  if (approval === undefined || approval === false) return undefined;
  if (approval !== true && typeof approval !== "function")
    throw new BuildError(`approval of ${place} to be true, false or a function of the arguments`, approval);
  return Object.freeze({ asks: approval as Gate["asks"], timeout });
}

/** Whether a call has to be approved. Rejects where that is not said: then it does not run. */
export async function needsApproval({ asks }: Gate, args: unknown, context: ToolContext): Promise<boolean> {
  if (asks === true) return true;
  const answer: unknown = await asks(args as never, context);
  if (typeof answer !== "boolean") throw new TypeError(`Expected its "approval" to give true or false, got ${show(answer)}`);
  return answer;
}

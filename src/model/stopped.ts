import type { Deadline, Limits } from "./deadline.ts";
import type { Trouble } from "./trouble.ts";

export const aborted: Trouble = { type: "aborted", got: "a cancelled request" };

/**
 * What ended a request before its reply did: the caller, or one of its limits. Asked whatever came back, since clients
 * end an aborted stream in silence, as if it were whole.
 *
 * @param maker whose options hold the limits, for the advice: "openai()"
 */
export function stoppedBy(signal: AbortSignal, deadline: Deadline | undefined, limits: Limits, maker: string): Trouble | undefined {
  if (signal.aborted) return aborted;
  if (deadline?.passed === undefined) return undefined;
  const limit = limits[deadline.passed];
  return {
    type: "timeout",
    got: deadline.passed === "total" ? `none within ${limit} ms` : `nothing new for ${limit} ms`,
    advice: `see timeout and idleTimeout of ${maker}`,
  };
}

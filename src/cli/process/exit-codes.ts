import { constants } from "node:os";

export const exitCodes = Object.freeze({ success: 0, failure: 1, usage: 2, suspended: 3 });

/** What a shell reports of a process that a signal ended: 130 for SIGINT, 143 for SIGTERM. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

import type { Result } from "neverthrow";

interface Ended {
  readonly type: string;
  readonly message: string;
  readonly step: string;
  readonly cause?: unknown;
  readonly reason?: unknown;
  readonly steps: object;
  readonly output: unknown;
}

/** What a run came to, as JSON: as much of it as is the same however often it is killed. */
export function told(result: Result<Ended, Ended>): object {
  return result.match(
    ({ output, steps }): object => ({ output, steps: Object.entries(steps).filter(([id]) => !/^(loser|doomed|hangs)/.test(id)) }),
    ({ type, message, step, cause, reason }) =>
      type === "step_failed" ? { type, message, step, cause: String(cause) } : type === "cancelled" ? { type, reason } : { type, message },
  );
}

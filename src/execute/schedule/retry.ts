import type { Retry } from "../../plan/limits.ts";
import { show } from "../../plan/show.ts";
import type { StepFailure } from "../../types/failure.ts";

/** Longest pause that the other side may ask for, in ms; `openai` and its peers keep the same bound. */
const longestAsked = 60_000;

export type Pause = { readonly delayMs: number; readonly refused?: undefined } | { readonly refused: string };

/**
 * The pause before the attempt that follows `attempt`, in ms. `left` is what remains of the run's time. What the other
 * side asked for is kept as it is, unless it is more than anybody should wait in silence.
 */
export function pause(retry: Retry, attempt: number, failure: StepFailure<unknown>, random: () => number, left: number): Pause {
  const told = retry.after?.(failure);
  const asked = told !== undefined && told >= 0 ? told : undefined;
  if (asked !== undefined && asked > longestAsked)
    return { refused: `the server asked to wait ${seconds(asked)}, which is more than ${seconds(longestAsked)}` };
  const delayMs = asked ?? backoff(retry, attempt, random);
  if (delayMs >= left)
    return { refused: `the next attempt would begin after ${seconds(delayMs)}, and the run has ${seconds(Math.max(0, left))} left` };
  return { delayMs };
}

/** `min(cap, initial * factor^(attempt - 1))`, or with full jitter a random part of it. */
export function backoff({ initial, factor, cap, jitter }: Retry, attempt: number, random: () => number): number {
  // Kept finite: no pause at all times infinity would be no number.
  const delay = Math.min(cap, initial * Math.min(factor ** (attempt - 1), Number.MAX_VALUE));
  if (jitter === "none") return delay;
  const part = random();
  if (!(part >= 0 && part < 1)) throw new RangeError(`Expected a number from 0 up and below 1, got ${show(part)}`);
  return part * delay;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

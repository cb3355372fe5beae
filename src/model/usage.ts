import type { Usage } from "../types/usage.ts";

/** What a provider reported, as it came. */
export interface ReportedUsage {
  readonly input: unknown;
  readonly cached: unknown;
  readonly output: unknown;
  readonly reasoning: unknown;
}

export interface ReadUsage {
  readonly usage: Usage;
  /** No report, or one that nobody can believe. */
  readonly missing: boolean;
}

/** No reply has a billion tokens: a count beyond it is an error of the provider, and would spend every budget at once. */
const mostTokens = 1e9;

/** The usage of one reply. Parts never exceed their whole, and an unbelievable report counts the call and no tokens. */
export function readUsage(reported: ReportedUsage | undefined): ReadUsage {
  const input = count(reported?.input);
  const output = count(reported?.output);
  if (input === undefined || output === undefined) return { usage: oneCall(0, 0, 0, 0), missing: true };
  const cached = Math.min(count(reported?.cached) ?? 0, input);
  const reasoning = Math.min(count(reported?.reasoning) ?? 0, output);
  return { usage: oneCall(input, cached, output, reasoning), missing: false };
}

/** Whether a usage, which any `Model` may have made, can be what a reply took: none takes nothing. */
export function isBelievable({ inputTokens, outputTokens }: Usage): boolean {
  return count(inputTokens) === inputTokens && count(outputTokens) === outputTokens && inputTokens + outputTokens > 0;
}

function oneCall(inputTokens: number, cachedInputTokens: number, outputTokens: number, reasoningTokens: number): Usage {
  return Object.freeze({
    inputTokens,
    cachedInputTokens,
    outputTokens,
    reasoningTokens,
    totalTokens: inputTokens + outputTokens,
    modelCalls: 1,
  });
}

function count(value: unknown): number | undefined {
  if (typeof value !== "number" || !(value >= 0) || value > mostTokens) return undefined;
  return Math.ceil(value);
}

import type { Usage } from "../types/usage.ts";

/** What a run that has called no model has used. */
export const noUsage: Usage = Object.freeze({
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  totalTokens: 0,
  modelCalls: 0,
});

/** The sum of two usages. Counts that are not whole numbers from 0 up, as a foreign model may report, count as nothing. */
export function addUsage(a: Usage, b: Usage): Usage {
  const inputTokens = sum(a.inputTokens, b.inputTokens);
  const outputTokens = sum(a.outputTokens, b.outputTokens);
  return Object.freeze({
    inputTokens,
    cachedInputTokens: Math.min(inputTokens, sum(a.cachedInputTokens, b.cachedInputTokens)),
    outputTokens,
    reasoningTokens: Math.min(outputTokens, sum(a.reasoningTokens, b.reasoningTokens)),
    totalTokens: sum(inputTokens, outputTokens),
    modelCalls: sum(a.modelCalls, b.modelCalls),
  });
}

function sum(a: number, b: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, sane(a) + sane(b));
}

function sane(count: number): number {
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

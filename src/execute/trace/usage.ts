import type { Usage } from "../../types/usage.ts";

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
  const cost = costOf(a, b);
  return Object.freeze({
    inputTokens,
    cachedInputTokens: Math.min(inputTokens, sum(a.cachedInputTokens, b.cachedInputTokens)),
    outputTokens,
    reasoningTokens: Math.min(outputTokens, sum(a.reasoningTokens, b.reasoningTokens)),
    totalTokens: sum(inputTokens, outputTokens),
    modelCalls: sum(a.modelCalls, b.modelCalls),
    ...(cost !== undefined && { cost }),
  });
}

/** Known only where that of both is: half of a cost would pass for the whole. */
function costOf(a: Usage, b: Usage): number | undefined {
  const sum = costIn(a) + costIn(b);
  return sum >= 0 && (a.cost ?? b.cost) !== undefined ? money(sum) : undefined;
}

function costIn({ cost, modelCalls, totalTokens }: Usage): number {
  return cost ?? (modelCalls === 0 && totalTokens === 0 ? 0 : Number.NaN);
}

/** To a billionth, so that 0.1 and 0.2 are 0.3, and a sum is the same in every order. */
export function money(amount: number): number {
  return Math.round(amount * 1e9) / 1e9;
}

function sum(a: number, b: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, sane(a) + sane(b));
}

function sane(count: number): number {
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

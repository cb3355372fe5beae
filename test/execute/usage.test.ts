import fc from "fast-check";
import { expect, test } from "vitest";
import { addUsage, noUsage } from "../../src/execute/trace/usage.ts";
import { readUsage } from "../../src/model/usage.ts";
import type { Usage } from "../../src/types/usage.ts";

const counts = fc.nat(1_000_000);
const usages = fc.record({ input: counts, cached: counts, output: counts, reasoning: counts }).map((reported) => readUsage(reported).usage);
const absurd = fc.oneof(
  fc.anything(),
  fc.double(),
  fc.bigInt(),
  fc.constantFrom(-1, 1e300, Number.NaN, Number.POSITIVE_INFINITY, "12", null),
);

test("adding is associative and commutative, and nothing is its zero", () => {
  fc.assert(
    fc.property(usages, usages, usages, (a, b, c) => {
      expect(addUsage(a, noUsage)).toEqual(a);
      expect(addUsage(a, b)).toEqual(addUsage(b, a));
      expect(addUsage(addUsage(a, b), c)).toEqual(addUsage(a, addUsage(b, c)));
    }),
  );
});

test("whatever a provider reports, the counts are whole numbers from 0 up and parts fit into their whole", () => {
  fc.assert(
    fc.property(absurd, absurd, absurd, absurd, (input, cached, output, reasoning) => {
      const { usage } = readUsage({ input, cached, output, reasoning });
      for (const count of Object.values(usage)) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      expect(usage.cachedInputTokens).toBeLessThanOrEqual(usage.inputTokens);
      expect(usage.reasoningTokens).toBeLessThanOrEqual(usage.outputTokens);
      expect(usage.totalTokens).toBe(usage.inputTokens + usage.outputTokens);
    }),
  );
});

test("an unbelievable report is a missing one", () => {
  expect(readUsage(undefined).missing).toBe(true);
  expect(readUsage({ input: -5, cached: 0, output: 5, reasoning: 0 }).missing).toBe(true);
  expect(readUsage({ input: 5, cached: 0, output: 1e300, reasoning: 0 }).missing).toBe(true);
  expect(readUsage({ input: 5, cached: 9, output: 7, reasoning: undefined })).toEqual({
    missing: false,
    usage: { inputTokens: 5, cachedInputTokens: 5, outputTokens: 7, reasoningTokens: 0, totalTokens: 12, modelCalls: 1 },
  });
});

test("a foreign model's absurd counts do not spoil a sum", () => {
  const absurdUsage = { ...noUsage, inputTokens: Number.NaN, outputTokens: -3, totalTokens: Number.POSITIVE_INFINITY, modelCalls: 1.5 };
  expect(addUsage(absurdUsage, { ...noUsage, inputTokens: 2, modelCalls: 1 })).toEqual({
    ...noUsage,
    inputTokens: 2,
    totalTokens: 2,
    modelCalls: 1,
  });
});

test("costs add up to a billionth, and are told only where all of them are known", () => {
  const costs = fc.integer({ min: 0, max: 1e12 }).map((billionths) => billionths / 1e9);
  const priced = fc.tuple(usages, costs).map(([usage, cost]): Usage => ({ ...usage, cost }));
  const maybe = fc.oneof(priced, usages, fc.constant(noUsage));
  fc.assert(
    fc.property(maybe, maybe, maybe, (a, b, c) => {
      expect(addUsage(a, noUsage)).toEqual(a);
      expect(addUsage(a, b)).toEqual(addUsage(b, a));
      expect(addUsage(addUsage(a, b), c)).toEqual(addUsage(a, addUsage(b, c)));
      const { cost } = addUsage(a, b);
      const known = [a, b].filter(({ modelCalls }) => modelCalls > 0).map((usage) => usage.cost);
      if (known.includes(undefined) || known.length === 0) expect(cost).toBeUndefined();
      else expect(cost).toBeCloseTo((a.cost ?? 0) + (b.cost ?? 0), 9);
    }),
  );
});

// The pause before the next attempt, as arithmetic.
import { describe, expect, test } from "vitest";
import { backoff, pause } from "../../src/execute/schedule/retry.ts";
import type { Retry } from "../../src/plan/limits.ts";

const plain: Retry = { max: 9, initial: 100, factor: 3, cap: 1_000, jitter: "none", when: undefined };
const never = () => {
  throw new Error("Expected no random number to be asked for");
};
const failure = {} as never;

test("grows by its factor from its first, up to its cap", () => {
  expect([1, 2, 3, 4, 5_000].map((attempt) => backoff(plain, attempt, never))).toEqual([100, 300, 900, 1_000, 1_000]);
  expect(backoff({ ...plain, initial: 0 }, 5_000, never)).toBe(0);
});

describe("full jitter", () => {
  const full: Retry = { ...plain, jitter: "full" };
  test("is a part of the pause, from nothing up", () => {
    expect([0, 0.25, 0.999].map((part) => backoff(full, 2, () => part))).toEqual([0, 75, 299.7]);
  });

  test.each([
    [1, "1"],
    [-0.1, "-0.1"],
    [Number.NaN, "NaN"],
    [undefined, "undefined"],
  ])("is refused where the random number is %j", (part, shown) => {
    expect(() => backoff(full, 1, () => part as number)).toThrow(`Expected a number from 0 up and below 1, got ${shown}`);
  });
});

describe("what the other side asks for", () => {
  const asks = (ms: number | undefined): Retry => ({ ...plain, after: () => ms });
  test.each([
    ["nothing: its own pause", undefined, { delayMs: 100 }],
    ["less than nothing: its own pause", -1, { delayMs: 100 }],
    ["no time at all: none", 0, { delayMs: 0 }],
    ["more than its cap: as asked", 5_000, { delayMs: 5_000 }],
    ["a minute: as asked", 60_000, { delayMs: 60_000 }],
    ["more: not at all", 60_100, { refused: "the server asked to wait 60.1 s, which is more than 60 s" }],
  ])("%s", (_, asked, expected) => {
    expect(pause(asks(asked), 1, failure, never, Number.POSITIVE_INFINITY)).toEqual(expected);
  });
});

describe("the run's own time", () => {
  test.each([
    [101, { delayMs: 100 }],
    [100, { refused: "the next attempt would begin after 0.1 s, and the run has 0.1 s left" }],
    [40, { refused: "the next attempt would begin after 0.1 s, and the run has 0 s left" }],
    [-40, { refused: "the next attempt would begin after 0.1 s, and the run has 0 s left" }],
  ])("%i ms left", (left, expected) => {
    expect(pause(plain, 1, failure, never, left)).toEqual(expected);
  });
});

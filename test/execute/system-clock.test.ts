// Real time, which is what runs go by unless told: the machine's own timers hold no more than 25 days.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loose } from "../support/loose.ts";
import { settle } from "../support/virtual-clock.ts";

// The machine's timers are moved on, and its clocks with them: how long a timer may be, they keep to as real ones do.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  vi.spyOn(performance, "now").mockImplementation(() => Date.now());
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const day = 24 * 3_600 * 1_000;

/** Starts a run that sleeps; says how it ended, or that it has not. */
function sleeping(ms: number) {
  const handle = loose()
    .sleep("nap", () => ms)
    .build()
    .start("in", { grace: 0 });
  let ended = "not yet";
  handle.result.then((result: any) => {
    ended = result.match(
      () => "completed",
      ({ type }: any) => type,
    );
  });
  const after = async (passed: number) => {
    await settle();
    vi.advanceTimersByTime(passed);
    await settle();
    return ended;
  };
  return { handle, after };
}

test.each([1, day, 2 ** 31 - 1, 2 ** 31, 60 * day, 400 * day])("a sleep of %s ms is over then, and not before", async (ms) => {
  const { after } = sleeping(ms);
  expect(await after(ms - 1)).toBe("not yet");
  expect(await after(1)).toBe("completed");
  expect(vi.getTimerCount()).toBe(0);
});

test("a sleep of a part of a millisecond more is not over before either", async () => {
  const { after } = sleeping(5.25);
  expect(await after(5)).toBe("not yet");
  expect(await after(1)).toBe("completed");
});

test.each([
  ["short", 1_000, 10],
  ["long", 60 * day, 10],
  ["in its second stretch", 60 * day, 40 * day],
  ["without an end", Number.POSITIVE_INFINITY, 400 * day],
])("a sleep that is cancelled leaves no timer behind: %s", async (_, ms, passed) => {
  const { handle, after } = sleeping(ms);
  expect(await after(passed)).toBe("not yet");
  handle.cancel("enough");
  expect(await after(0)).toBe("cancelled");
  expect(vi.getTimerCount()).toBe(0);
});

test("a sleep without an end sets no timer at all", async () => {
  const { handle, after } = sleeping(Number.POSITIVE_INFINITY);
  expect(await after(0)).toBe("not yet");
  expect(vi.getTimerCount()).toBe(0);
  handle.cancel("enough");
  expect(await after(0)).toBe("cancelled");
});

test("a time limit that was kept leaves no timer behind", async () => {
  const plan = loose()
    .then("quick", async () => "done", { timeout: 1_000 })
    .build();
  const running = plan.run("in");
  await settle();
  expect((await running)._unsafeUnwrap().output).toBe("done");
  expect(vi.getTimerCount()).toBe(0);
});

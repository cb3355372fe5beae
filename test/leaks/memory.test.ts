import { expect, test } from "vitest";
import { runChild } from "./child.ts";

const megabyte = 1_000_000;

// What is alive is measured every 20,000 steps while they run, too: a heap that grows and is let go at the end would not do.
test.each(["one run", "chains", "short runs"])(
  "200,000 steps under one signal, as %s: below 10 MB, and nobody listens any more",
  async (workload) => {
    const [told] = (await runChild("steps", [workload])).told as [Record<string, number>];
    expect(told["steps"]).toBeGreaterThanOrEqual(200_000);
    expect(told["peak"]).toBeLessThan(10 * megabyte);
    expect(told["after"]).toBeLessThan(10 * megabyte);
    // A run listens once, however long it is: of short runs, 300 are under way at a time.
    expect(told["listeners"]).toBe(workload === "short runs" ? 300 : 1);
    expect(told["left"]).toBe(0);
  },
  70_000,
);

// The answer itself, an array of a million numbers, is 8 MB of it. A small young generation, since what the process holds
// would otherwise show how long V8 waits before it collects: a plain loop without us is at 90 MB, too.
test.each(["call", "flow"])(
  "a map of 1,000,000 items whose body is a %s: below 50 MB, pulled no further ahead than it works",
  async (body) => {
    const [told] = (await runChild("items", [body], { NODE_OPTIONS: `${process.env["NODE_OPTIONS"]} --max-semi-space-size=1` })).told as [
      Record<string, number | boolean>,
    ];
    expect(told["right"]).toBe(true);
    expect(told["peak"]).toBeLessThan(50 * megabyte);
    expect(told["after"]).toBeLessThan(50 * megabyte);
    if (body === "call") expect(told["rss"]).toBeLessThan(50 * megabyte);
    expect(told["ahead"]).toBeLessThanOrEqual(16);
  },
  70_000,
);

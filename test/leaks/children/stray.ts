import { expect, test } from "vitest";

test("passes, and leaves a rejection that nobody handles", async () => {
  void Promise.reject(new Error("stray"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(process.execArgv).toContain("--unhandled-rejections=strict");
});

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const strict = "--unhandled-rejections=strict";
const root = fileURLToPath(new URL("../..", import.meta.url));

test("every process of the suite runs with strict rejections, and so do those that it starts", () => {
  expect(process.execArgv).toContain(strict);
  const { status, stderr } = spawnSync(process.execPath, [
    "-e",
    "process.on('uncaughtException', (_, origin) => process.exit(origin === 'unhandledRejection' ? 7 : 8)); Promise.reject(1);",
  ]);
  expect([status, String(stderr)]).toEqual([7, ""]);
});

test("a rejection that nobody handles turns the suite red, though every test passed", () => {
  const vitest = join(createRequire(import.meta.url).resolve("vitest/package.json"), "../vitest.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, "run", "--config", "test/leaks/stray.config.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(status).toBe(1);
  // As an exception, which it is under strict rejections alone, and after that as what it is: both count as failed.
  expect(stdout).toMatch(/1 passed, 2 failed\n$/);
  expect(stderr).toMatch(/Uncaught Exception.*: stray.*Unhandled Rejection.*: stray/s);
});

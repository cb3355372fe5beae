import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, describe, test } from "vitest";
import { folderWith, heddle } from "./heddle.ts";

let folder: string;

beforeAll(async () => {
  folder = await folderWith({
    "plans.ts": `
      import { workflow } from "heddle";
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      export const careful = workflow("careful").then("work", async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await pause(20);
        console.error("cleaned up");
        throw signal.reason;
      }).build();
      export const stubborn = workflow("stubborn").then("work", () => pause(20_000)).build();
      export const lines = workflow("lines").then("many", () => "line\\n".repeat(200_000)).build();`,
  });
});

/** Sends signals once the step has begun, each when something more was said. */
function interrupted(name: string, ...signals: readonly NodeJS.Signals[]) {
  const left = [...signals];
  let waiting = false;
  return heddle(["run", "plans.ts", "go", "-e", name], {
    cwd: folder,
    onStderr: (text, child) => {
      const next = waiting || !/› work|Got SIG/.test(text) ? undefined : left.shift();
      if (next === undefined) return;
      waiting = true;
      // A moment later: two signals at once are taken for one.
      setTimeout(() => {
        waiting = false;
        child.kill(next);
      }, 80);
    },
  });
}

describe.concurrent("signals", () => {
  test("the first cancels the run, and steps clean up", async ({ expect }) => {
    const { code, stdout, stderr } = await interrupted("careful", "SIGINT");
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toContain("cleaned up\n");
    expect(stderr).toContain("✗ cancelled\n  The run was cancelled: the command got SIGINT\n");
  });

  test("steps that do not listen are left after their grace", async ({ expect }) => {
    const { code, stderr } = await interrupted("stubborn", "SIGTERM");
    expect(code).toBe(143);
    expect(stderr).toContain("The run was cancelled: the command got SIGTERM");
  });

  test("a second one ends at once", async ({ expect }) => {
    const { code, stderr } = await interrupted("stubborn", "SIGINT", "SIGINT");
    expect(code).toBe(130);
    expect(stderr).not.toContain("✗");
  });
});

describe.skipIf(process.platform === "win32")("pipes", () => {
  test("a reader that leaves early is no failure", async ({ expect }) => {
    const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
    const child = spawn("sh", ["-c", `"$0" "$1" run plans.ts go -q -e lines | head -n 1; echo "$?"`, process.execPath, main], {
      cwd: folder,
      env: { PATH: process.env["PATH"], NODE_OPTIONS: process.env["NODE_OPTIONS"], OPENAI_API_KEY: "k" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = await Promise.all([
      child.stdout.setEncoding("utf8").toArray(),
      child.stderr.setEncoding("utf8").toArray(),
      once(child, "close"),
    ]);
    expect(said.slice(0, 2).map((chunks) => chunks.join(""))).toEqual(["line\n0\n", ""]);
  });
});

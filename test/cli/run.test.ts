import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { callTools, fault, type ModelServer, modelServer, type ScriptEntry, script } from "../../src/testing/index.ts";
import { folderWith, heddle } from "./heddle.ts";

let folder: string;
const servers: ModelServer[] = [];

beforeAll(async () => {
  folder = await folderWith({
    "plans.ts": `
      import { workflow } from "heddle";
      export const text = workflow("text").then("greet", ({ input }) => \`Hello, \${input}!\`).build();
      export const data = workflow("data").then("count", ({ input }) => ({ length: input.length, big: 1n })).build();
      export const nothing = workflow("nothing").then("void", () => undefined).build();
      export const escapes = workflow("escapes").then("red", () => "\\u001b[31mred\\u001b[0m\\n").build();
      export const failing = workflow("failing").then("charge 检查", () => { throw new TypeError("no\\u001b[31m money", { cause: new Error("deep") }); }, { retries: { max: 1, initial: 1 } }).build();
      export const logging = workflow("logging").then("log", () => { console.log("a log"); setInterval(() => {}, 1_000); return "out"; }).build();
      export const background = workflow("background").then("leak", () => { setTimeout(() => { throw new Error("nobody awaits"); }, 5); return new Promise((resolve) => setTimeout(resolve, 2_000)); }).build();
      export const slow = workflow("slow").then("wait", () => new Promise((resolve) => setTimeout(resolve, 20_000))).build();
      export const arms = workflow("arms")
        .branch("gate", () => false, { yes: () => 1, no: () => 2 })
        .loop("again", () => 3, { until: ({ iteration }) => iteration === 2 })
        .build();
      let most = 0;
      let now = 0;
      export const wide = workflow("wide")
        .map("each", () => [1, 2, 3, 4], async () => { most = Math.max(most, ++now); await new Promise((resolve) => setTimeout(resolve, 5)); now--; })
        .then("most", () => most)
        .build();`,
    "agents.ts": `
      import { agent, tool, workflow } from "heddle";
      import { z } from "zod";
      const find = tool({ name: "find", description: "Finds.", input: z.object({ q: z.string() }), run: ({ q }) => q });
      export const writer = agent({ name: "writer", model: "gpt-4o", tools: [find] });
      export const solo = agent({ name: "solo", model: "gpt-4o" });
      export default workflow("pipeline").then("write", writer, { retries: { max: 1, initial: 1 } }).build();`.replace(
      '"zod"',
      JSON.stringify(import.meta.resolve("zod")),
    ),
  });
});

afterAll(() => Promise.all(servers.map((server) => server.close())));

async function serving(...replies: readonly ScriptEntry[]): Promise<{ readonly OPENAI_BASE_URL: string }> {
  const server = await modelServer(script(replies));
  servers.push(server);
  return { OPENAI_BASE_URL: server.url };
}

const run = (name: string, ...more: readonly string[]) => heddle(["run", "plans.ts", "you", "--export", name, ...more], { cwd: folder });

describe.concurrent("what goes where", () => {
  test("the output alone on standard output, the progress on standard error, without escape codes", async ({ expect }) => {
    const { code, stdout, stderr } = await run("text");
    expect([code, stdout]).toEqual([0, "Hello, you!\n"]);
    expect(stderr.replace(/\d+(?= ms)/g, "N").replace(/ +/g, " ")).toBe("text\n› greet step\n✓ greet step N ms\n\n✓ text N ms · 1 step\n");
  });

  test("anything but text is pretty JSON, and nothing is nothing", async ({ expect }) => {
    expect((await run("data")).stdout).toBe('{\n  "length": 3,\n  "big": "1n"\n}\n');
    expect(await run("nothing", "--quiet")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("in a pipe an output keeps its escape sequences", async ({ expect }) => {
    expect((await run("escapes", "-q")).stdout).toBe("\u001b[31mred\u001b[0m\n");
  });

  test("logs of steps go to standard error, and what is left open does not keep the process", async ({ expect }) => {
    const { code, stdout, stderr } = await run("logging");
    expect([code, stdout]).toEqual([0, "out\n"]);
    expect(stderr).toContain("a log\n");
  });

  test("arms taken and skipped, turns of a loop", async ({ expect }) => {
    const { stderr } = await run("arms");
    expect(stderr).toMatch(/– gate\/yes +skipped/);
    expect(stderr).toMatch(/✓ gate +branch +\d+ ms {2}→ no/);
    expect(stderr).toMatch(/› again#2 +turn/);
  });

  test("--events gives one JSON line per event and nothing else", async ({ expect }) => {
    const { stderr } = await run("failing", "--events");
    const events = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; failure?: object });
    expect(events.map(({ type }) => type)).toEqual(["run.started", "step.started", "step.retrying", "step.failed", "run.failed"]);
    expect(events.at(-1)?.failure).toMatchObject({ type: "step_failed", cause: { name: "TypeError", cause: { message: "deep" } } });
  });

  test("colours only when asked for", async ({ expect }) => {
    const env = { OPENAI_API_KEY: "k", FORCE_COLOR: "1" };
    const args = ["run", "plans.ts", "you", "-e", "text"];
    expect((await heddle(args, { cwd: folder, env })).stderr).toContain("\u001b[32m✓");
    expect((await heddle(args, { cwd: folder, env: { OPENAI_API_KEY: "k", NO_COLOR: "1" } })).stderr).not.toContain("\u001b");
  });
});

describe.concurrent("failures", () => {
  test("type, path, attempts, message and causes, and no stack", async ({ expect }) => {
    const { code, stdout, stderr } = await run("failing");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(
      '\n✗ step_failed at charge 检查, after 2 attempts\n  Step "charge 检查" failed: no\\x1b[31m money\n  cause: TypeError: no\\x1b[31m money\n  cause: Error: deep\n',
    );
    expect(stderr).toMatch(/↻ charge 检查 +retry +\d+ ms {2}attempt 2: Step/);
    expect(stderr).not.toMatch(/^\s*at /m);
    expect(stderr).toMatch(/\n✗ failing {2}\d+ ms · 1 step\n$/);
  });

  test("quietly, the failure alone; verbosely, the stacks too", async ({ expect }) => {
    expect((await run("failing", "-q")).stderr).toMatch(/^✗ step_failed/);
    expect((await run("failing", "-q", "-v")).stderr).toMatch(/^ {4}at .*plans\.ts:\d+/m);
  });

  test("--timeout and --concurrency are the run's own", async ({ expect }) => {
    const { code, stderr } = await run("slow", "--timeout", "20");
    expect(code).toBe(1);
    expect(stderr).toContain("✗ run_timed_out\n  The run took longer than its timeout of 20 ms\n");
    expect((await run("wide", "-q")).stdout).toBe("4\n");
    expect((await run("wide", "-q", "--concurrency", "2")).stdout).toBe("2\n");
  });

  test("an error that no step awaits", async ({ expect }) => {
    const { code, stderr } = await run("background", "-q");
    expect([code, stderr]).toEqual([
      1,
      "heddle: Expected every error to be thrown inside a step, got one that no step awaits: Error: nobody awaits\n",
    ]);
  });
});

describe.concurrent("agents over HTTP", () => {
  test("model calls, their retries and tools are told below their agent", async ({ expect }) => {
    const env = await serving(callTools([{ name: "find", args: { q: "x" } }]), fault.status(500), "Done.");
    const { code, stdout, stderr } = await heddle(["run", "agents.ts", "Write."], { cwd: folder, env });
    expect([code, stdout]).toEqual([0, "Done.\n"]);
    const lines = stderr.split("\n").map((line) =>
      line
        .replace(/ [\d.]+ m?s\b/, "")
        .replace(/[\d,]+(?= tokens)/, "N")
        .replace(/(\S) +/g, "$1 ")
        .trimEnd(),
    );
    expect(lines).toEqual([
      "pipeline",
      "› write agent",
      "  ✓ write/turn#1 model N tokens",
      "  ✓ write/turn#1/find[0] tool",
      expect.stringMatching(/^ {2}↻ write\/turn#2 retry attempt 2: .*status 500/),
      "  ✓ write/turn#2 model 2 attempts · N tokens",
      "✓ write agent N tokens",
      "",
      expect.stringMatching(/^✓ pipeline.* · 1 step · 2 model calls · N tokens$/),
      "",
    ]);
  });

  test("an agent runs as a plan of one step", async ({ expect }) => {
    const { stdout, stderr } = await heddle(["run", "agents.ts", "Hello?", "-e", "solo"], { cwd: folder, env: await serving("Hello.") });
    expect(stdout).toBe("Hello.\n");
    expect(stderr).toMatch(/› solo +agent/);
  });

  test("without a key it says that the offline engine answers, and ends by itself", async ({ expect }) => {
    const { code, stdout, stderr } = await heddle(["run", join(folder, "agents.ts"), "What is an agent?", "-e", "solo", "-q"], {
      env: { OPENAI_API_KEY: " " },
    });
    expect([code, stderr]).toEqual([
      0,
      "No OPENAI_API_KEY or OPENAI_BASE_URL: using the built-in offline engine (extractive, not a language model).\n",
    ]);
    expect(stdout).toMatch(/agent/);
  });
});

import { describe, expect, test } from "vitest";
import { EventLines } from "../../src/cli/screen/event-lines.ts";
import { failureLines } from "../../src/cli/screen/failure-lines.ts";
import { layoutFor } from "../../src/cli/screen/layout.ts";
import { planPaths } from "../../src/cli/screen/plan-paths.ts";
import { cutStart, displayWidth, leading, padEnd } from "../../src/cli/text/display-width.ts";
import { type Line, lineText, piece } from "../../src/cli/text/line.ts";
import { printable, terminalText } from "../../src/cli/text/printable.ts";
import { count, duration } from "../../src/cli/text/quantities.ts";
import { workflow } from "../../src/index.ts";
import type { PlanDescription } from "../../src/plan/describe.ts";
import type { AnyFailure } from "../../src/types/failure.ts";

const plainly = (line: Line | undefined, columns?: number) => (line === undefined ? undefined : lineText(line, (_, text) => text, columns));
const marked = (line: Line) => lineText(line, (tone, text) => (tone === "plain" ? text : `<${tone}>${text}`));

describe("columns", () => {
  test.each([
    ["plain", 5],
    ["检查", 4],
    ["ひらがな カタカナ", 17],
    ["한국어", 6],
    ["ｶﾅ", 2],
    ["e\u0301", 1],
    ["🎉", 2],
    ["👩‍👩‍👧‍👦", 2],
    ["🇨🇭🇯🇵", 4],
    ["✓ ↻ › –", 7],
    ["✔️", 2],
    ["a\u200Bb", 2],
  ])("%s takes %i", (text, columns) => expect(displayWidth(text)).toBe(columns));

  test("text is cut between characters as people see them", () => {
    expect(leading("检查检查", 5)).toBe("检查");
    expect(leading("ab👩‍👩‍👧‍👦c", 3)).toBe("ab");
    expect(cutStart("research/web/turn#1", 8)).toBe("…/turn#1");
    expect(padEnd("检", 4)).toBe("检  ");
  });

  test("a line is cut to the terminal's width, and says so", () => {
    const line = [piece("good", "✓ "), piece("plain", "检查 done"), piece("quiet", "  ")];
    expect(plainly(line, 11)).toBe("✓ 检查 done");
    expect(plainly(line, 10)).toBe("✓ 检查 do…");
    expect(plainly(line, 4)).toBe("✓ …");
    expect(plainly(line, 1)).toBe("…");
  });

  test("the path's column fits the plan, as far as the terminal has room", () => {
    expect(layoutFor(["research/web", "x"], undefined)).toEqual({ path: 12, cut: false });
    expect(layoutFor(["a".repeat(30)], 100)).toEqual({ path: 30, cut: true });
    expect(layoutFor(["a".repeat(30)], 40)).toEqual({ path: 16, cut: true });
    expect(layoutFor(["a".repeat(30)], 5).path).toBe(12);
    expect(layoutFor(["a".repeat(300)], undefined).path).toBe(48);
  });

  test("it knows a plan's paths beforehand", () => {
    const plan = workflow("w")
      .parallel("research", { web: () => 1, "a/b": { flow: (b) => b.then("inner", () => 2) } })
      .loop("revise", { flow: (b) => b.then("rewrite", ({ last }) => last) }, { until: () => true })
      .build();
    expect([...planPaths((plan.describe() as PlanDescription).steps)].sort()).toEqual([
      "research",
      "research/a%2Fb/inner",
      "research/web",
      "revise",
      "revise#1/rewrite",
    ]);
  });
});

describe("foreign text", () => {
  test("in a line, what would move the cursor or reorder it is spelled out", () => {
    expect(printable("a\u001b[31mb\nc\td\u0007\u009b\u202e\ud800")).toBe("a\\x1b[31mb\\nc\\td\\x07\\x9b\\u202e\ufffd");
  });
  test("as an output on a terminal, it keeps its lines and loses its escape sequences", () => {
    expect(terminalText("\u001b[31mred\u001b[0m\n\tx\u0007\u0008\u001b]0;title\u0007 检查🎉\r\n")).toBe("red\n\tx 检查🎉\n");
  });
});

test("quantities", () => {
  expect([0, 0.4, 412.4, 999.6, 3_249, 59_949, 59_960, 72_000, 3_700_000].map(duration)).toEqual([
    "0 ms",
    "0 ms",
    "412 ms",
    "1.0 s",
    "3.2 s",
    "59.9 s",
    "1 min 0 s",
    "1 min 12 s",
    "61 min 40 s",
  ]);
  expect([count(1, "step"), count(1204, "token")]).toEqual(["1 step", "1,204 tokens"]);
});

describe("events", () => {
  const at = { runId: "r", step: "s", at: 0 };
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0, totalTokens: 1204, modelCalls: 1 };

  test("an agent in a branch, with a model call, a retry and a tool inside it", () => {
    const lines = new EventLines({ path: 24, cut: false });
    const told = [
      lines.of({ ...at, type: "step.started", path: "gate", kind: "branch" }),
      lines.of({ ...at, type: "step.skipped", path: "gate/yes" }),
      lines.of({ ...at, type: "step.started", path: "gate/no/fix", kind: "agent" }),
      lines.of({ ...at, type: "step.started", path: "gate/no/fix/turn#1", kind: "model" }),
      lines.of({
        ...at,
        type: "step.retrying",
        path: "gate/no/fix/turn#1",
        attempt: 2,
        delayMs: 500,
        message: "Expected a reply,\ngot 500",
      }),
      lines.of({ ...at, type: "agent.delta", path: "gate/no/fix", delta: "x", call: "c", attempt: 1 }),
      lines.of({ ...at, type: "step.completed", path: "gate/no/fix/turn#1", kind: "model", attempts: 2, durationMs: 700, usage }),
      lines.of({ ...at, type: "tool.completed", path: "gate/no/fix/turn#1/find[0]", tool: "find", durationMs: 20 }),
      lines.of({ ...at, type: "step.completed", path: "gate/no/fix", kind: "agent", attempts: 1, durationMs: 3_200, usage }),
      lines.of({ ...at, type: "step.completed", path: "gate", kind: "branch", route: "no", attempts: 1, durationMs: 3_201, usage }),
    ];
    expect(told.map((line) => plainly(line)).filter((line) => line !== undefined)).toEqual([
      "› gate                      branch",
      "– gate/yes                  skipped",
      "› gate/no/fix               agent",
      "  ↻ gate/no/fix/turn#1      retry      500 ms  attempt 2: Expected a reply,\\ngot 500",
      "  ✓ gate/no/fix/turn#1      model      700 ms  2 attempts · 1,204 tokens",
      "  ✓ gate/no/fix/turn#1/find[0]  tool        20 ms",
      "✓ gate/no/fix               agent       3.2 s  1,204 tokens",
      "✓ gate                      branch      3.2 s  → no · 1,204 tokens",
    ]);
  });

  test("a team's leader that asks a member: the first line of the task", () => {
    const lines = new EventLines({ path: 24, cut: false });
    const path = "desk/turn#1/writer[0]";
    const told = [
      lines.of({ ...at, type: "step.started", path, kind: "agent" }),
      lines.of({ ...at, type: "team.delegated", path, member: "writer", task: "Write \u001B[2J it.\nIn full." }),
      lines.of({ ...at, type: "step.completed", path, kind: "agent", attempts: 1, durationMs: 20, usage }),
    ];
    expect(told.map((line) => plainly(line))).toEqual([
      "› desk/turn#1/writer[0]     agent",
      "→ desk/turn#1/writer[0]     asked              Write \\x1b[2J it.",
      "✓ desk/turn#1/writer[0]     agent       20 ms  1,204 tokens",
    ]);
  });

  test("a failure is told once on its way out, and siblings as cancelled", () => {
    const lines = new EventLines({ path: 12, cut: false });
    const failed = { ...at, type: "step.failed", attempts: 3, durationMs: 5, cancelled: false } as const;
    const told = [
      lines.of({ ...failed, path: "all/a", kind: "step", message: 'Step "a" failed: boom' }),
      lines.of({ ...failed, path: "all/b", kind: "step", attempts: 1, message: "Cancelled", cancelled: true }),
      lines.of({ ...failed, path: "all", kind: "parallel", attempts: 1, message: 'Step "a" failed: boom' }),
    ];
    expect(told.map((line) => plainly(line))).toEqual([
      '✗ all/a         step         5 ms  3 attempts · Step "a" failed: boom',
      "– all/b         step         5 ms  cancelled",
      "✗ all           parallel     5 ms",
    ]);
  });

  test("long paths keep their end on a terminal", () => {
    const line = new EventLines({ path: 12, cut: true }).of({ ...at, type: "step.started", path: "each[3]/research/检查", kind: "step" });
    expect(plainly(line)).toBe("› …search/检查  step");
  });
});

test("a failure tells its type, path, message, causes and what was suppressed", () => {
  const base = { type: "step_failed", threw: true, step: "web", attempts: 2, suppressed: [] } as const;
  const circular = new Error("outer");
  circular.cause = new TypeError("inner\u001b[2J", { cause: circular });
  const other: AnyFailure = {
    ...base,
    path: "all/papers",
    message: "Late",
    attempts: 1,
    cause: { type: "rate_limit", message: "slow down" },
  };
  const failure: AnyFailure = { ...base, path: "all/web", message: "Two\nlines", cause: circular, suppressed: [other] as never };
  expect(failureLines(failure, { verbose: false }).map(marked)).toEqual([
    "<bad>✗ step_failed<strong> at all/web<quiet>, after 2 attempts",
    "  Two",
    "  lines",
    "<quiet>  cause: Error: outer",
    "<quiet>  cause: TypeError: inner\\x1b[2J",
    "<quiet>  also: <bad>step_failed<strong> at all/papers",
    "    Late",
    "  <quiet>  cause: rate_limit: slow down",
  ]);
  expect(failureLines(failure, { verbose: true }).some((line) => /lines\.test\.ts:\d+/.test(marked(line)))).toBe(true);
});

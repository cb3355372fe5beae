import { byInstructions, fault, latestPrompt, reply } from "heddle/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import events, { watch } from "../../../examples/patterns/events.ts";
import { byName, post, timeline } from "../../../examples/patterns/results.ts";
import state, { forChildren } from "../../../examples/patterns/state.ts";
import subWorkflow, { factCheck } from "../../../examples/patterns/sub-workflow.ts";
import { servedModels } from "../../support/models.ts";

const models = servedModels();
const prompts = () => models.requests.map(latestPrompt);

describe("state", () => {
  const replies = { news: "One two three.", opinion: "Four five." };

  test("what two arms counted at the same time is added up", async () => {
    models.use(byInstructions(replies));
    const run = (await state.run("Looms"))._unsafeUnwrap();
    expect(run.output).toEqual({ news: "One two three.", opinion: "Four five.", audience: "engineers", words: 5 });
    expect(prompts()).toEqual(["For engineers: Looms", "For engineers: Looms"]);
    expectTypeOf(run.output).toEqualTypeOf<{ audience: string; words: number; news: string; opinion: string }>();
  });

  test("a run may replace one key, for itself alone", async () => {
    models.use(byInstructions(replies));
    expect((await forChildren("Looms"))._unsafeUnwrap().output).toMatchObject({ audience: "children", words: 5 });
    expect(prompts()).toEqual(["For children: Looms", "For children: Looms"]);
    expect((await state.run("Looms", { state: { words: 100 } }))._unsafeUnwrap().output).toMatchObject({
      audience: "engineers",
      words: 105,
    });
  });
});

describe("results", () => {
  const usage = { inputTokens: 10, outputTokens: 2 };
  const replies = { "Research the web": "Web.", "Read the papers": "Papers.", "technical writer": reply("Report.", { usage }) };

  test("by name", async () => {
    models.use(byInstructions(replies));
    const found = (await byName("Looms"))._unsafeUnwrap();
    expect(found).toEqual({ report: "Report.", sources: ["Web.", "Papers."], tokens: 12 });
    expectTypeOf(found).toEqualTypeOf<{ report: string; sources: string[]; tokens: number | undefined }>();
  });

  test("by iterating the trace, which counts attempts and has every request", async () => {
    models.use(byInstructions({ ...replies, "technical writer": [fault.status(503, { retryAfterMs: 1 }), "Report."] }));
    const lines = (await timeline("Looms"))._unsafeUnwrap();
    expect(lines.map((line) => line.replace(/ and \d+ ms/, ""))).toEqual([
      "research (parallel) completed after 1 attempt(s)",
      "research/web (agent) completed after 1 attempt(s)",
      "research/web/turn#1 (model) completed after 1 attempt(s)",
      "research/papers (agent) completed after 1 attempt(s)",
      "research/papers/turn#1 (model) completed after 1 attempt(s)",
      "report (agent) completed after 1 attempt(s)",
      "report/turn#1 (model) completed after 2 attempt(s)",
    ]);
    expect(models.requests).toHaveLength(4);
  });

  test("of a run that failed", async () => {
    models.use(byInstructions({ ...replies, "technical writer": fault.status(400) }));
    const { why, saved, done } = (await post("Looms"))._unsafeUnwrapErr();
    expect(why).toMatch(/^Step "report" failed: .*400/);
    expect(saved).toEqual({ web: "Web.", papers: "Papers." });
    expect(done).toEqual(["research", "research/web", "research/web/turn#1", "research/papers", "research/papers/turn#1"]);
  });
});

describe("events", () => {
  test("steps as they begin and end, retries, and the text as it streams", async () => {
    models.use(
      byInstructions({ Research: [fault.status(503, { retryAfterMs: 1 }), "Some facts."], "technical writer": "The whole report." }),
    );
    const printed: string[] = [];
    const run = (await watch("Looms", (text) => printed.push(text)))._unsafeUnwrap();
    expect(run.output).toBe("The whole report.");
    expect(models.requests.every(({ stream }) => stream)).toBe(true);
    const lines = printed
      .join("")
      .replace(/\d+ ms/g, "N ms")
      .split(/\n+/);
    expect(lines.slice(1, -1)).toEqual([
      "facts begins",
      "facts/turn#1 begins",
      expect.stringMatching(/^facts\/turn#1 again in N ms: Step "facts" failed: .*503/),
      "Some facts.",
      "facts/turn#1 took N ms",
      "facts took N ms",
      "report begins",
      "report/turn#1 begins",
      "The whole report.",
      "report/turn#1 took N ms",
      "report took N ms",
    ]);
    // It came in pieces, not at once.
    expect(printed).not.toContain("The whole report.");
  });

  test("nobody watching, nothing streamed", async () => {
    models.use(byInstructions({}, "Text."));
    (await events.run("Looms"))._unsafeUnwrap();
    expect(models.requests.map(({ stream }) => stream)).toEqual([false, false]);
  });
});

describe("sub-workflows", () => {
  test("one plan under three names, each with names and a state of its own", async () => {
    models.use(
      byInstructions({
        "Research the claim": (request: Parameters<typeof latestPrompt>[0]) => `Found: ${latestPrompt(request)}`,
        hold: "It holds.",
        introduction: "Looms weave. They are old",
      }),
    );
    const run = (await subWorkflow.run("Looms are old."))._unsafeUnwrap();
    expect(run.output).toEqual({
      text: "Looms weave. They are old",
      verdict: "It holds.",
      evidence: ["Found: With normal rigour: Looms are old.", "Found: With utmost rigour: Looms weave. They are old"],
      sentences: ["It holds.", "It holds."],
    });
    expect(prompts().filter((prompt) => prompt.startsWith("With"))).toEqual([
      "With normal rigour: Looms are old.",
      "With utmost rigour: Looms weave. They are old",
      "With normal rigour: Looms weave",
      "With normal rigour: They are old",
    ]);
    expectTypeOf(run.steps["fact-check"].steps.findings).toEqualTypeOf<string>();
  });

  test("a failure inside is told with the whole way to it", async () => {
    models.use(byInstructions({ "Research the claim": ["Found.", fault.status(400)], hold: "It holds.", introduction: "Text" }));
    expect((await subWorkflow.run("Looms"))._unsafeUnwrapErr()).toMatchObject({ type: "step_failed", path: "check-text/findings/turn#1" });
  });

  test("it runs by itself too", async () => {
    models.use(byInstructions({ "Research the claim": "Found.", hold: "It holds." }));
    expect((await factCheck.run("Looms", { state: { rigour: "no" } }))._unsafeUnwrap().output).toBe("It holds.");
    expect(prompts()[0]).toBe("With no rigour: Looms");
  });
});

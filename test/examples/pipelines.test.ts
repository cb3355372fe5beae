import { byInstructions, offlineEngine, reply } from "heddle/testing";
import { describe, expect, test } from "vitest";
import { article } from "../../examples/article.ts";
import { pipeline } from "../../examples/full-pipeline.ts";
import { research } from "../../examples/research-pipeline.ts";
import { servedModels } from "../support/models.ts";

const models = servedModels();
const topic = "The state of AI agents in 2026";

describe("article", () => {
  test("offline: the first review asks for a revision, the next one passes, and the article is published", async () => {
    models.use(offlineEngine());
    const run = (await article.run(topic))._unsafeUnwrap();
    expect(run.steps.review.verdict).toBe("revise");
    expect(run.record("quality-gate")?.route).toBe("no");
    expect(run.record("revise")).toMatchObject({ count: 1, status: "completed" });
    expect(run.record("revise")?.limitReached).toBeUndefined();
    expect(run.steps.recheck?.verdict).toBe("pass");
    expect(run.steps.rewrite).not.toBe(run.steps.draft);
    expect(run.output).toMatch(/^# /);
    expect(run.usage.modelCalls).toBe(7);
    expect(models.requests).toHaveLength(7);
  });

  test("a draft that passes at once is published as it is", async () => {
    models.use(
      byInstructions(
        {
          "Research the web": "Web findings.",
          "Read the papers": "Paper findings.",
          "technical writer": "The draft.",
          "Format for publication": "# Published",
        },
        { verdict: "pass", notes: "" },
      ),
    );
    const run = (await article.run(topic))._unsafeUnwrap();
    expect(run.output).toBe("# Published");
    expect(run.record("quality-gate")?.route).toBe("yes");
    expect(run.steps.rewrite).toBeUndefined();
    // The writer gets both findings under the names of their arms; the publisher gets the draft.
    expect(models.requests.map((request) => request.messages.at(-1)?.text)).toEqual(
      expect.arrayContaining(["[web]: Web findings.\n\n[papers]: Paper findings.", "The draft."]),
    );
  });

  test("a critic that is never content ends the loop at its limit, and the last rewrite is published", async () => {
    models.use(
      byInstructions(
        {
          Research: "Found.",
          papers: "Read.",
          "technical writer": "Draft.",
          "Format for publication": (request: { messages: readonly { text: string }[] }) => reply(`# ${request.messages.at(-1)?.text}`),
        },
        { verdict: "revise", notes: "More." },
      ),
    );
    const run = (await article.run(topic))._unsafeUnwrap();
    expect(run.record("revise")).toMatchObject({ count: 3, limitReached: true });
    expect(run.records("rewrite")).toHaveLength(3);
    expect(run.output).toBe("# Draft.");
  });
});

describe("research pipeline", () => {
  test("two agents at once, then the writer", async () => {
    models.use(
      byInstructions({
        "Research the web": reply("Web.", { usage: { inputTokens: 10, outputTokens: 2 } }),
        "Analyse what": "Analysis.",
        "technical writer": "Report.",
      }),
    );
    const run = (await research.run("How durable are agent workflows today?"))._unsafeUnwrap();
    expect(run.output).toBe("Report.");
    expect(run.steps["web-research"]).toBe("Web.");
    expect(run.record("web-research")?.usage).toMatchObject({ inputTokens: 10, outputTokens: 2, totalTokens: 12, modelCalls: 1 });
    expect(models.requests.at(-1)?.messages.at(-1)?.text).toBe("[web-research]: Web.\n\n[analysis]: Analysis.");
  });

  test("offline, over real HTTP", async () => {
    models.use(offlineEngine());
    const run = (await research.run("How durable are agent workflows today?"))._unsafeUnwrap();
    // A report that quotes its sources: the engine is extractive.
    expect(run.output).toMatch(/^How durable are agent workflows today\?\n/);
    expect(run.output).toMatch(/\[Durable execution\]/);
  });
});

describe("full pipeline", () => {
  const others = { "Research the web": "Web.", "Research background": "Background.", "technical writer": "Draft." };
  const publisher = {
    "Format for publication": (request: { messages: readonly { text: string }[] }) => reply(`# ${request.messages.at(-1)?.text}`),
  };

  test("approved at once: published", async () => {
    models.use(byInstructions({ ...others, ...publisher, "strict critic": { approved: true, score: 1, feedback: "" } }));
    const run = (await pipeline.run(topic))._unsafeUnwrap();
    expect(run.output).toBe("# Draft.");
    expect(run.record("quality")?.route).toBe("yes");
  });

  test("not approved: rewritten and reviewed until it is", async () => {
    const no = { approved: false, score: 0.2, feedback: "Too short." };
    models.use(
      byInstructions({
        ...others,
        ...publisher,
        "technical writer": ["Draft.", "Second.", "Third."],
        "strict critic": [no, no, { approved: true, score: 0.9, feedback: "" }],
      }),
    );
    const run = (await pipeline.run(topic))._unsafeUnwrap();
    expect(run.output).toBe("# Third.");
    expect(run.record("revise")?.count).toBe(2);
    expect(
      models.requests
        .filter((request) => request.instructions?.includes("technical writer"))
        .at(-1)
        ?.messages.at(-1)?.text,
    ).toBe("Second.\n\nNotes: Too short.");
  });

  test("offline, over real HTTP", async () => {
    models.use(offlineEngine());
    const run = (await pipeline.run(topic))._unsafeUnwrap();
    expect(run.output).toMatch(/^# /);
  });
});

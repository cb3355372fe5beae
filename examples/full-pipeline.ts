/** Research, a draft, and a quality check that either publishes it or has it rewritten until a reviewer approves. */
import { agent, workflow } from "heddle";
import { z } from "zod";

const review = z.object({ approved: z.boolean(), score: z.number(), feedback: z.string() });

const web = agent({ name: "web", model: "gpt-4o", instructions: "Research the web. Give facts with their sources." });
const analyst = agent({ name: "analyst", model: "gpt-4o", instructions: "Research background: analyse causes and open questions." });
const writer = agent({ name: "writer", model: "gpt-4o", instructions: "You are a technical writer." });
const reviewer = agent({ name: "reviewer", model: "gpt-4o", instructions: "You are a strict critic. Review the text.", output: review });
const publisher = agent({ name: "publisher", model: "gpt-4o", instructions: "Format for publication." });

export const pipeline = workflow("full-pipeline")
  .parallel("research", { web, analyst }, { timeout: 120_000 })
  .then("draft", writer)
  .then("check", reviewer, { retries: 3 })
  .branch("quality", (check) => check.approved, {
    yes: { flow: (b) => b.then("publish", publisher, { input: ({ steps }) => steps.draft }) },
    no: {
      flow: (b) =>
        b
          .then("start", ({ last, steps }) => ({ text: steps.draft, ...last }))
          .loop(
            "revise",
            {
              flow: (b) =>
                b
                  .then("rewrite", writer, { input: ({ last }) => `${last.text}\n\nNotes: ${last.feedback}` })
                  .then("rereview", reviewer)
                  .then("revision", ({ last, steps }) => ({ text: steps.rewrite, ...last })),
            },
            { until: ({ last }) => last.approved, max: 3 },
          )
          .then("final", publisher, { input: ({ last }) => last.text }),
    },
  })
  .build();

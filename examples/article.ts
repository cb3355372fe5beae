/** Research side by side, a draft, a review that decides: publish it, or revise it until the critic is content. */
import { agent, workflow } from "heddle";
import { z } from "zod";

const web = agent({ model: "gpt-4o", instructions: "Research the web." });
const papers = agent({ model: "gpt-4o", instructions: "Read the papers." });
const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer." });
const critic = agent({ model: "gpt-4o", output: z.object({ verdict: z.enum(["pass", "revise"]), notes: z.string() }) });
const publisher = agent({ model: "gpt-4o", instructions: "Format for publication." });

export const article = workflow("article")
  .parallel("research", { web, papers })
  .then("draft", writer)
  .then("review", critic)
  .branch("quality-gate", (review) => review.verdict === "pass", {
    yes: ({ steps }) => steps.draft,
    no: {
      flow: (b) =>
        b
          .then("first", ({ last, steps }) => ({ ...last, text: steps.draft }))
          .loop(
            "revise",
            {
              flow: (b) =>
                b
                  .then("rewrite", writer, { input: ({ last }) => `${last.text}\n\nNotes: ${last.notes}` })
                  .then("recheck", critic)
                  .then("turn", ({ last, steps }) => ({ ...last, text: steps.rewrite })),
            },
            { until: ({ last }) => last.verdict === "pass", max: 3 },
          )
          .then("revised", ({ last }) => last.text),
    },
  })
  .then("publish", publisher)
  .build();

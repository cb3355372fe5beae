/** Again until it is good enough: a slogan is written, judged, and written anew with the critic's notes. */
import { agent, workflow } from "heddle";
import { z } from "zod";

const writer = agent({ model: "gpt-4o", instructions: "You are a writer. Write a slogan; take up the notes if there are any." });
const critic = agent({
  model: "gpt-4o",
  instructions: "Review the slogan. It passes if nobody could forget it.",
  output: z.object({ verdict: z.enum(["pass", "revise"]), notes: z.string() }),
});

export default workflow("loop")
  .then("brief", ({ input }) => ({ slogan: "", verdict: "revise", notes: `A slogan for ${input}.` }))
  .loop(
    "revise",
    {
      flow: (b) =>
        b
          .then("slogan", writer, { input: ({ iteration, last }) => `Version ${iteration}. ${last.slogan}\n\nNotes: ${last.notes}` })
          .then("review", critic)
          // What one turn hands to the next is its output, and nothing else.
          .then("turn", ({ last, steps }) => ({ ...last, slogan: steps.slogan })),
    },
    // At `max` the last version would stand; with "fail" the run ends as `loop_limit`.
    { until: ({ last }) => last.verdict === "pass", max: 4, onLimit: "fail" },
  )
  .then("final", ({ last }) => last.slogan)
  .build();

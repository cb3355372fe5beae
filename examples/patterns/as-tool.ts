/** A plan and an agent that another agent calls as it sees fit. */
import { agent, asTool, workflow } from "heddle";
import { z } from "zod";

const loom = workflow("loom")
  .input(z.object({ threads: z.number().int().positive() }))
  .then("width", ({ input }) => input.threads / 12)
  .then("told", ({ last }) => ({ centimetres: last }))
  .build();
const historian = agent({ model: "gpt-4o", instructions: "Research the history." });

const clerk = agent({
  model: "gpt-4o",
  instructions: "Answer with what your tools tell you.",
  tools: [
    // The schema gives what the plan takes: the compiler sees to it.
    asTool(loom, { name: "loom_width", description: "How wide a loom of so many threads is.", input: z.object({ threads: z.number() }) }),
    asTool(historian, { name: "history", description: "What is known of the history of weaving.", input: z.string() }),
  ],
});

export default workflow("as-tool").then("answer", clerk).build();

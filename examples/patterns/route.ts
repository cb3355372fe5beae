/** One arm by key: a question goes to the desk that triage names. */
import { agent, workflow } from "heddle";
import { z } from "zod";

const triage = agent({
  model: "gpt-4o",
  instructions: "Say which desk this question is for.",
  output: z.object({ desk: z.enum(["billing", "technical", "other"]), urgent: z.boolean() }),
});
const billing = agent({ model: "gpt-4o", instructions: "You answer questions about invoices and payments." });
const engineer = agent({ model: "gpt-4o", instructions: "You find the cause of technical problems." });
const writer = agent({ model: "gpt-4o", instructions: "You are a writer. Explain the finding to a customer." });

export default workflow("route")
  .then("triage", triage)
  // An arm that is missing, misspelt or never chosen does not compile.
  .route("desk", ({ last }) => last.desk, {
    billing: { do: billing, input: ({ input }) => input },
    technical: { flow: (b) => b.then("cause", engineer, { input: ({ input }) => input }).then("explanation", writer) },
    other: ({ input }) => `A person will answer: ${input}`,
  })
  // Which arm it was stands beside what it gave.
  .then("answer", ({ last, steps }) => `${steps.triage.urgent ? "[urgent] " : ""}${last.route}: ${last.output}`)
  .build();

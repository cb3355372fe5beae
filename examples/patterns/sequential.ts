/** One after the other: each agent gets what the one before it wrote. */
import { agent, workflow } from "heddle";

const researcher = agent({ model: "gpt-4o", instructions: "Research the topic. Give facts with their sources." });
const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer. Write a short article from these facts." });
const publisher = agent({ model: "gpt-4o", instructions: "Format for publication." });

export default workflow("sequential")
  .then("facts", researcher)
  .then("draft", writer)
  .then("article", publisher)
  // A function sees more than the step before it: the run's input, and every earlier output by its name.
  .then("page", ({ input, last, steps }) => ({ topic: input, article: last, facts: steps.facts }))
  .build();

/** A failure that is handled: where the agents cannot answer, the reader gets the next best thing, and the run succeeds. */
import { agent, workflow } from "heddle";
import { err } from "neverthrow";

const researcher = agent({ model: "gpt-4o", instructions: "Research the topic." });
const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer." });

export default workflow("catch")
  // An error that is returned, not thrown, keeps its type all the way to the handler.
  .then("topic", ({ input }) => (input.trim() === "" ? err("no_topic") : input.trim()))
  .then("facts", researcher)
  .then("article", writer)
  // For any step above. Each of them may not have run, so the types say: `steps.facts` is a string or undefined.
  .catch("fallback", ({ failure, steps }) => {
    if (failure.type !== "step_failed" || failure.threw) return `Try again later: ${failure.message}`;
    // What those steps can return as an error: "no_topic", or an agent's.
    if (failure.cause === "no_topic") return "What shall the article be about?";
    if (failure.cause.type === "refusal") return "There will be no article about this.";
    return steps.facts ?? `Try again later: ${failure.cause.message}`;
  })
  .then("page", ({ last }) => `# ${last}`)
  .build();

/** The first success wins: two models are asked at once, and the request to the slower one is aborted. */
import { agent, workflow } from "heddle";

const instructions = "Research the question in a few sentences.";
const large = agent({ model: "gpt-4o", instructions });
const small = agent({ model: "gpt-4o-mini", instructions });

const fastest = workflow("race")
  // An arm that fails loses: the race goes on, and fails only when all arms have failed.
  .race("answer", { large, small }, { timeout: 60_000 })
  .then("reply", ({ last }) => last.trim())
  .build();

export default fastest;

/** Who won stands in the race's record. */
export const askWhoever = (question: string) =>
  fastest.run(question).map((run) => ({ reply: run.output, winner: run.record("answer")?.route }));

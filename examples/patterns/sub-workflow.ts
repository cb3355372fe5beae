/** Plans as steps of plans: one "fact check" is used under its own name, under another one, and for each item of a list. */
import { agent, workflow } from "heddle";

const researcher = agent({ model: "gpt-4o", instructions: "Research the claim." });
const judge = agent({ model: "gpt-4o", instructions: "Review the findings. Does the claim hold?" });
const writer = agent({ model: "gpt-4o", instructions: "You are a writer. Write an introduction to the topic." });

/** A plan like any other: it can be run by itself, and has names and a state of its own. */
export const factCheck = workflow("fact-check")
  .state({ rigour: "normal" })
  .then("findings", researcher, { input: ({ input, state }) => `With ${state.rigour} rigour: ${input}` })
  .then("verdict", judge)
  .build();

export default workflow("sub-workflow")
  .use(factCheck)
  .then("text", writer, { input: ({ input }) => input })
  // Under a name of this workflow, with its own input, and with its state's keys from here.
  .then("check-text", factCheck, { input: ({ steps }) => steps.text, state: { rigour: "utmost" } })
  .map("check-each", ({ steps }) => steps.text.split(". "), factCheck, { concurrency: 2 })
  // What happened inside is kept apart: `findings` is no name of this workflow, but readable under the step.
  .then("page", ({ steps }) => ({
    text: steps.text,
    verdict: steps["check-text"].output,
    evidence: [steps["fact-check"].steps.findings, steps["check-text"].steps.findings],
    sentences: steps["check-each"],
  }))
  .build();

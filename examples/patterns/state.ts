/** Shared state: steps count the words that they spend, and the caller says for whom to write. */
import { agent, workflow } from "heddle";

const reporter = agent({ model: "gpt-4o", instructions: "Research the news." });
const columnist = agent({ model: "gpt-4o", instructions: "You are a writer. Write an opinion." });

const wordsOf = (text: string) => text.split(/\s+/).length;

const newsletter = workflow("state")
  .state(
    { audience: "engineers", words: 0 },
    // Arms that run together each start from the state before them; this makes their two counts one again.
    { merge: { words: (joined, arm, base) => joined + arm - base } },
  )
  .parallel("sections", {
    news: {
      flow: (b) =>
        b
          .then("report", reporter, { input: ({ input, state }) => `For ${state.audience}: ${input}` })
          .tap("count-report", ({ last, set, state }) => set({ words: state.words + wordsOf(last) })),
    },
    opinion: {
      flow: (b) =>
        b
          .then("column", columnist, { input: ({ input, state }) => `For ${state.audience}: ${input}` })
          .tap("count-column", ({ last, set, state }) => set({ words: state.words + wordsOf(last) })),
    },
  })
  .then("issue", ({ last, state }) => ({ ...last, ...state }))
  .build();

export default newsletter;

/** The same plan, with one key of its state replaced for this run. The others keep their initial values. */
export const forChildren = (topic: string) => newsletter.run(topic, { state: { audience: "children" } });

/** One body over many items: every paragraph is summarized and titled, three at a time, and the order stays. */
import { agent, workflow } from "heddle";

const summarizer = agent({ model: "gpt-4o", instructions: "Write one sentence that sums up the paragraph." });
const headliner = agent({ model: "gpt-4o", instructions: "Write a title of at most five words for this sentence." });

export default workflow("map")
  .map(
    "outline",
    // Any iterable will do; an async one is read no faster than its items are worked on.
    ({ input }) => input.split(/\n{2,}/),
    {
      flow: (b) =>
        b
          .then("gist", summarizer)
          .then("title", headliner)
          // In the body, `last` begins as the item, and `steps` are those of this item.
          .then("entry", ({ index, last, steps }) => `${index + 1}. ${last}: ${steps.gist}`),
    },
    { concurrency: 3 },
  )
  .then("page", ({ last }) => last.join("\n"))
  .build();

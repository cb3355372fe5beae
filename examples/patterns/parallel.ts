/** Side by side, two at a time: four reviewers of one text, and an editor who gets all that they say. */
import { agent, workflow } from "heddle";

const reviewerOf = (concern: string) => agent({ model: "gpt-4o", instructions: `Review the text for ${concern} alone.` });
const editor = agent({ model: "gpt-4o", instructions: "You are an editor. Write one list of changes from these reviews." });

export default workflow("parallel")
  .parallel(
    "reviews",
    {
      accuracy: reviewerOf("accuracy"),
      clarity: reviewerOf("clarity"),
      tone: reviewerOf("tone"),
      // An arm may have limits of its own.
      length: { do: reviewerOf("length"), timeout: 30_000, retries: 1 },
    },
    // For this group; the run option `concurrency` bounds everything in a run together.
    { concurrency: 2 },
  )
  // `last` is a record by arm. An agent reads it as sections, `[accuracy]: ...`, in the order above.
  .then("changes", editor)
  .build();

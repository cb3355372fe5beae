/** Time limits and further attempts, for a function and for an agent: a page is fetched and summed up. */
import { agent, workflow } from "heddle";

const summarizer = agent({ model: "gpt-4o", instructions: "Write one sentence that sums up the page." });

/** The page is not there, and will not be a second later. */
class Missing extends Error {}

/** Takes the address of the page as its input. */
export default workflow("timeout-and-retries")
  .then(
    "page",
    async ({ input, signal }) => {
      // When the attempt's time is up, `signal` aborts: hand it on, and nothing is left running.
      const response = await fetch(input, { signal });
      if (response.status === 404) throw new Missing(`Expected a page at ${input}, got none`);
      if (!response.ok) throw new Error(`Expected a page at ${input}, got status ${response.status}`);
      return response.text();
    },
    {
      // For each attempt, in ms.
      timeout: 2_000,
      // Up to three more attempts after 100, 200 and 400 ms, unless there is no point in it.
      retries: { max: 3, initial: 100, factor: 2, jitter: "none", when: ({ cause }) => !(cause instanceof Missing) },
    },
  )
  // An agent's limits hold for each request to its model. Two retries are what it has anyway.
  .then("summary", summarizer, { timeout: 30_000, retries: 2 })
  .build();

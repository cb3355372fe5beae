/** A selector that has to ask first: which arm answers depends on the models that the provider offers today. */
import { agent, workflow } from "heddle";
import OpenAI from "openai";

const large = agent({ model: "gpt-4o", instructions: "Research the question thoroughly." });
const small = agent({ model: "gpt-4o-mini", instructions: "Research the question in a few sentences." });

export default workflow("route-async")
  .route(
    "model",
    async ({ signal }) => {
      // `signal` ends the request with the run; trying again is the work of the options below, so the client does not.
      const { data } = await new OpenAI({ maxRetries: 0 }).models.list({ signal });
      return data.some(({ id }) => id === "gpt-4o") ? "large" : "small";
    },
    { large, small },
    { timeout: 5_000, retries: 2 },
  )
  .then("answer", ({ last }) => `${last.output} (answered by the ${last.route} model)`)
  .build();

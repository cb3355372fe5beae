/** Several arms by key, at once: a request is looked at by all who have to agree to it, and by nobody else. */
import { agent, workflow } from "heddle";
import { z } from "zod";

const clerk = agent({
  model: "gpt-4o",
  instructions: "List who must agree to this request.",
  output: z.object({ needs: z.array(z.enum(["legal", "security", "finance"])) }),
});
const legal = agent({ model: "gpt-4o", instructions: "Review the request as a lawyer." });
const security = agent({ model: "gpt-4o", instructions: "Review the request as a security engineer." });
const finance = agent({ model: "gpt-4o", instructions: "Review the request as an accountant." });

export default workflow("route-all")
  .then("clerk", clerk)
  .routeAll(
    "opinions",
    ({ last }) => last.needs,
    {
      legal: { do: legal, input: ({ input }) => input },
      security: { do: security, input: ({ input }) => input },
      finance: { do: finance, input: ({ input }) => input },
    },
    { concurrency: 2 },
  )
  // Only the arms that were chosen are there: `last.legal` is a string or undefined.
  .then(
    "decision",
    ({ last }) =>
      Object.entries(last)
        .map(([who, opinion]) => `${who}: ${opinion}`)
        .join("\n") || "Nobody has to agree.",
  )
  .build();

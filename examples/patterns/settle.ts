/** Every outcome kept: three sources are asked at once, and the report says what could be found, and what not. */
import { agent, workflow } from "heddle";

const web = agent({ model: "gpt-4o", instructions: "Research the web." });
const papers = agent({ model: "gpt-4o", instructions: "Read the papers." });
const archive = agent({ model: "gpt-4o", instructions: "Research the archive." });
const writer = agent({ model: "gpt-4o", instructions: "You are a technical writer." });

export default workflow("settle")
  // No arm ends another, and the step does not fail with one of them.
  .settle("sources", { web, papers, archive: { do: archive, timeout: 20_000, retries: 0 } })
  .then("found", ({ last }) =>
    Object.entries(last).map(([source, outcome]) =>
      outcome.ok ? `[${source}]: ${outcome.value}` : `[${source}]: nothing (${outcome.error.type})`,
    ),
  )
  .then("report", writer, { input: ({ last }) => last.join("\n\n") })
  .build();

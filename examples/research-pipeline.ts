/** Two agents at once, and a writer who gets what both found, each under its name. */
import { pathToFileURL } from "node:url";
import { agent, workflow } from "heddle";

const webResearch = agent({ name: "web-research", model: "gpt-4o", instructions: "Research the web for recent developments." });
const analysis = agent({ name: "analysis", model: "gpt-4o", instructions: "Analyse what the sources say and where they differ." });
const writer = agent({ name: "writer", model: "gpt-4o", instructions: "You are a technical writer. Write a short report." });

export const research = workflow("research-pipeline")
  .parallel("findings", { "web-research": webResearch, analysis })
  .then("report", writer)
  .build();

// Run by itself, as `node examples/research-pipeline.ts`, it prints the report; imported, it only offers the plan.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const result = await research.run("How durable are agent workflows today?");
  result.match(
    (run) => console.log(run.output),
    (failure) => {
      console.error(`${failure.type} at ${failure.path}: ${failure.message}`);
      process.exitCode = 1;
    },
  );
}

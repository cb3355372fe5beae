// node budget-child.ts FILE OPTIONS: goes on with a run of two agents under a budget, and prints how it ended.
import { agent, workflow } from "../../../src/index.ts";
import { sqliteJournal } from "../../../src/journal/sqlite.ts";

const [file = "", options = "{}"] = process.argv.slice(2);
const journal = sqliteJournal(file);
const settings = { maxOutputTokens: 100 };
const plan = workflow("spending")
  .then("first", agent({ name: "first", model: "first", settings }))
  .then("second", agent({ name: "second", model: "second", settings }), { input: () => "x" })
  .build();
const result = await plan.run("x", { journal, runId: "r", ...JSON.parse(options) });
await journal.close();
process.stdout.write(
  JSON.stringify(
    result.match(
      ({ output, usage }) => ({ output, usage }),
      ({ trace, steps, ...failure }) => failure,
    ),
  ),
);

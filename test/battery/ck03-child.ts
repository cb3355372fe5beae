// node ck03-child.ts FILE: 50 MB of text through five steps of a durable run; tells how much more memory than at its start it took.
import { workflow } from "../../src/index.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";

const before = process.memoryUsage.rss();
const journal = sqliteJournal(process.argv[2] ?? "");
const plan = workflow("large")
  .then("a", () => "x".repeat(50_000_000))
  .then("b", ({ last }) => last)
  .then("c", ({ last }) => last)
  .then("d", ({ last }) => last)
  .then("e", ({ last }) => last)
  .build();
const run = (await plan.run("in", { journal, runId: "r", observe: () => {} }))._unsafeUnwrap();
await journal.close();
console.log(JSON.stringify({ length: run.output.length, took: process.resourceUsage().maxRSS * 1_024 - before }));

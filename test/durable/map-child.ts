// node map-child.ts FILE LEDGER [DIE AFTER]: a durable map of a thousand items, two of each, in a process that may kill itself.
import { appendFileSync } from "node:fs";
import { workflow } from "../../src/index.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";

const [file = "", ledger = "", dieAfter = "Infinity"] = process.argv.slice(2);
let done = 0;

const plan = workflow("items")
  .map(
    "each",
    () => Array.from({ length: 1_000 }, (_, index) => index % 500),
    async ({ last, index, idempotencyKey }) => {
      await new Promise((resolve) => setTimeout(resolve, (index * 7) % 5));
      appendFileSync(ledger, `${idempotencyKey}\n`);
      if (++done === Number(dieAfter)) process.kill(process.pid, "SIGKILL");
      return last * 2;
    },
  )
  .build();

const journal = sqliteJournal(file);
const run = (await plan.run("x", { journal, runId: "r", concurrency: 16 }))._unsafeUnwrap();
await journal.close();
process.stdout.write(JSON.stringify(run.output));

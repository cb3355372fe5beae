// node clerks-child.ts FILE LEDGER DIE [APPROVAL TIMEOUT]: goes on with the clerks' run until it waits or is over, or dies: as it
// has paid ("paid"), or never ("").
import { appendFileSync } from "node:fs";
import { sqliteJournal } from "../../../src/journal/sqlite.ts";
import { clerksPlan } from "./clerks.ts";

const [file = "", ledger = "", die = "", approvalTimeout] = process.argv.slice(2);
const journal = sqliteJournal(file);
const plan = clerksPlan({
  ...(approvalTimeout !== undefined && { approvalTimeout: Number(approvalTimeout) }),
  paid: (args, idempotencyKey) => {
    appendFileSync(ledger, `${JSON.stringify({ args, idempotencyKey })}\n`);
    if (die === "paid") process.kill(process.pid, "SIGKILL");
  },
});
const result = await plan.run("Pay them.", { journal, runId: "r" });
await journal.close();
process.stdout.write(
  JSON.stringify(
    result.match(
      ({ output, usage }) => ({ output, calls: usage.modelCalls }),
      (failure) => ({ type: failure.type, message: failure.message, waits: "waits" in failure ? failure.waits : [] }),
    ),
  ),
);

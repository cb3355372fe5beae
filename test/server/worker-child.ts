// node worker-child.ts FILE LEDGER [CONCURRENCY]: a worker that says what it does, until it is stopped by a signal.
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { drainSignal, worker } from "heddle/server";
import { sqliteJournal } from "heddle/sqlite";
import { longPlan, orderPlan } from "../durable/control-plan.ts";
import { quickPlan } from "./quick-plan.ts";

const [file = "", ledger = "", concurrency = "8"] = process.argv.slice(2);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const journal = sqliteJournal(file);
const note = (what: string) => appendFileSync(ledger, `${what}\n`);
const crew = worker([longPlan(ledger), orderPlan(ledger), quickPlan(note, pause)], {
  journal,
  concurrency: Number(concurrency),
  drain: drainSignal(),
  onRun: (event) => {
    if (event.type === "run.taken") say({ [`taken ${event.runId}`]: event.why, at: Date.now() });
    else say({ [`left ${event.runId}`]: event.status });
  },
  onProblem: ({ type, message }) => say({ problem: type, message }),
});
say({ begun: process.pid });
await crew.closed;
say({ stopped: crew.runs });
await journal.close();

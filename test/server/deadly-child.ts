// node deadly-child.ts FILE LEDGER MENDED [TAKEOVERS]: a worker for a plan whose second step kills its process as long as the file
// MENDED is not there, and for one that takes its time. Says what it does, until it is stopped by a signal.
import { appendFileSync, existsSync } from "node:fs";
import { drainSignal, worker } from "heddle/server";
import { sqliteJournal } from "heddle/sqlite";
import { deadlyPlan, patientPlan } from "./deadly-plan.ts";

const [file = "", ledger = "", mended = "", takeovers] = process.argv.slice(2);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const note = (what: string) => appendFileSync(ledger, `${what}\n`);
const journal = sqliteJournal(file);
const die = () => {
  if (!existsSync(mended)) process.kill(process.pid, "SIGKILL");
};
const crew = worker([deadlyPlan(note, die), patientPlan(note)], {
  journal,
  poll: 20,
  ...(takeovers !== undefined && { takeovers: Number(takeovers) }),
  drain: drainSignal(),
  onRun: (event) => say({ [`${event.type} ${event.runId}`]: event.type === "run.taken" ? event.why : event.status }),
  onProblem: (problem) => say({ [`problem ${"runId" in problem ? problem.runId : ""}`]: problem.type, ...problem }),
});
say({ begun: process.pid });
await crew.closed;
await journal.close();

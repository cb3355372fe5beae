// node fault-child.ts FILE LEDGER [STEPS] [KILOBYTES] [SLOW STEP]: goes on with one run of a plan, says how it ended, and then
// whatever it is told on its input: "again" resumes the run with the very same journal. It is not closed: with nothing left to
// do, the process has to end by itself.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { workflow } from "../../src/index.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";

const [file = "", ledger = "", steps = "10", kilobytes = "1", slow = ""] = process.argv.slice(2);
const journal = sqliteJournal(file);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const plan = workflow("faulty")
  .map(
    "each",
    () => Array.from({ length: Number(steps) }, (_, index) => index),
    async ({ index, idempotencyKey, attempt, runId, signal }) => {
      appendFileSync(ledger, `begin ${idempotencyKey} ${attempt} ${process.pid}\n`);
      say({ began: idempotencyKey.slice(runId.length + 1) });
      if (String(index) === slow && attempt === 1) await delay(60_000, undefined, { signal });
      appendFileSync(ledger, `did ${idempotencyKey} ${attempt} ${process.pid}\n`);
      return String(index).padEnd(1_000 * Number(kilobytes), ".");
    },
    { concurrency: 1 },
  )
  .then("end", ({ last }) => last.map((text) => Number.parseInt(text, 10)))
  .build();

async function go(): Promise<void> {
  const result = await plan.run("x", { journal, runId: "r" });
  say(
    result.match(
      (run): object => ({ output: run.output }),
      ({ type, message }) => ({ failed: type, message }),
    ),
  );
}

process.on("uncaughtException", (error) => say({ crashed: String(error) }));
say({ ready: process.pid });
const lines = createInterface({ input: process.stdin });
lines.on("line", () => void go());
await go();

// One life of a run: goes on with it until it is over, or until it kills itself at a journal write, or somebody kills it.
import { appendFileSync } from "node:fs";
import { read } from "../../src/durable/record.ts";
import type { Journal, OwnedRun } from "../../src/journal/journal.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { chaosPlan } from "./plan.ts";

const [file = "", runId = "", ledger = "", at = "0", when = "before"] = process.argv.slice(2);
const journal = sqliteJournal(file);
let writes = 0;

const die = () => process.kill(process.pid, "SIGKILL");

/** What is safe from here on, told outside of the library: it must never be done again. */
function witness(text: string): void {
  const entry = read(text)._unsafeUnwrap();
  if (entry.type !== "settled" || entry.how !== "value") return;
  const [path, role] = entry.key.split("|");
  if (role === "") appendFileSync(ledger, `stored ${runId}/${path}\n`);
}

/** `target` with one method replaced. */
const instead = <T extends object>(target: T, replaced: keyof T, method: unknown): T =>
  new Proxy(target, {
    get(_, name) {
      if (name === replaced) return method;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

/** The same journal, in which this process dies at a write of its own choosing. */
const deadly = instead(journal, "claim", async (...args: Parameters<Journal["claim"]>) =>
  (await journal.claim(...args)).map((owned) =>
    instead(owned, "append", async (...written: Parameters<OwnedRun["append"]>) => {
      writes++;
      if (writes === Number(at) && when === "before") die();
      const stored = await owned.append(...written);
      if (stored.isOk()) for (const text of written[0]) witness(text);
      if (writes >= Number(at) && Number(at) > 0 && when === "after") die();
      return stored;
    }),
  ),
);

process.stderr.write("begun\n");
const handle = chaosPlan(ledger).start("in", { journal: deadly, runId });
const watching = setInterval(() => {
  if (handle.waits.length > 0) void handle.answer("answer", 42);
}, 2);
const result = await handle.result;
clearInterval(watching);
await journal.close();
process.stdout.write(
  JSON.stringify(
    result.match(
      (run) => ({ output: run.output }),
      ({ type, message }) => ({ type, message }),
    ),
  ),
);

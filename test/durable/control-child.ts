// node control-child.ts PLAN FILE LEDGER: begins run "r" and stays with it, until it is over or a signal drains it.
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { drainSignal } from "../../src/server/drain-signal.ts";
import { longPlan, orderPlan } from "./control-plan.ts";

const [name, file = "", ledger = ""] = process.argv.slice(2);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const journal = sqliteJournal(file);
const options = { journal, runId: "r", drain: drainSignal() };
const handle = name === "order" ? orderPlan(ledger).start("book", options) : longPlan(ledger).start(60_000, options);
const watching = setInterval(() => {
  if (handle.waits.length > 0) say({ waits: handle.waits[0]?.path });
}, 20);
for await (const { type, path } of handle.events) say({ [type]: path, at: Date.now() });
clearInterval(watching);
say({
  ended: (await handle.result).match(
    () => "completed",
    ({ type }) => type,
  ),
  at: Date.now(),
});
await journal.close();

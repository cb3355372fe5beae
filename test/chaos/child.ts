// One life of a run: goes on with it until it is over or waits, or until it kills itself at a journal write, or somebody kills it.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { grow } from "./grow.ts";
import { watched } from "./remains.ts";
import { told } from "./told.ts";

const [file = "", ledgerFile = "", seed = "0", url = "", at = "0", when = "before"] = process.argv.slice(2);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const die = (): void => void process.kill(process.pid, "SIGKILL");
let writes = 0;

const ledger = {
  note: (what: string, key: string, attempt: number) => appendFileSync(ledgerFile, `${what} ${key} ${attempt}\n`),
  times: (key: string) =>
    existsSync(ledgerFile)
      ? readFileSync(ledgerFile, "utf8")
          .split("\n")
          .filter((line) => line.startsWith(`did ${key} `)).length
      : 0,
};
const { plan } = grow(Number(seed), { ledger, url, idle: () => say({ idle: true }) });
const journal = watched(sqliteJournal(file), {
  before: () => {
    writes++;
    if (writes === Number(at) && when === "before") die();
  },
  after: () => {
    if (Number(at) > 0 && writes >= Number(at) && when === "after") die();
  },
});
say({ begun: true });
const result = await plan.run("in", { journal, runId: "run", grace: 200 });
say({ told: told(result) });
await journal.close();

// node child.ts FILE LEDGER [AT WHEN]: one life of the desk's run, which may end at its AT-th record of an outcome, before or
// after that is stored. The ledger is kept outside of the library: what was done, and what is safe and must not be done again.
import { appendFileSync } from "node:fs";
import { type Entry, read } from "../../../src/durable/records/record.ts";
import type { RunEvent } from "../../../src/index.ts";
import type { Journal, OwnedRun } from "../../../src/journal/journal.ts";
import { sqliteJournal } from "../../../src/journal/sqlite.ts";
import { deskPlan } from "./desk.ts";

const [file = "", ledger = "", at = "Infinity", when = "before"] = process.argv.slice(2);
const journal = sqliteJournal(file);
let outcomes = 0;

const die = () => process.kill(process.pid, "SIGKILL");
const outcomeIn = (text: string): Extract<Entry, { type: "settled" }>[] => {
  const entry = read(text)._unsafeUnwrap();
  return entry.type === "settled" ? [entry] : [];
};

/** Told after it is safe, and perhaps not even then: what is in the ledger is in the journal. */
const witness = ({ key }: Extract<Entry, { type: "settled" }>) => appendFileSync(ledger, `stored run/${key.split("|")[0]}\n`);

/** `target` with one method replaced. */
const instead = <T extends object>(target: T, replaced: keyof T, method: unknown): T =>
  new Proxy(target, {
    get(_, name) {
      if (name === replaced) return method;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

const deadly = instead(journal, "claim", async (...args: Parameters<Journal["claim"]>) =>
  (await journal.claim(...args)).map((owned) =>
    instead(owned, "append", async (...written: Parameters<OwnedRun["append"]>) => {
      const settled = written[0].flatMap(outcomeIn);
      outcomes += settled.length;
      if (outcomes >= Number(at) && when === "before") die();
      const stored = await owned.append(...written);
      if (stored.isOk()) settled.forEach(witness);
      if (outcomes >= Number(at)) die();
      return stored;
    }),
  ),
);

const events: RunEvent[] = [];
appendFileSync(ledger, "life\n");
process.stderr.write("begun\n");
const plan = deskPlan((did) => appendFileSync(ledger, `begin ${did}\n`));
const result = await plan.run("Looms.", { journal: deadly, runId: "run", observe: (event) => events.push(event) });
await journal.close();
const of = (type: RunEvent["type"]) => events.filter((event) => event.type === type);
process.stdout.write(
  JSON.stringify(
    result.match(
      ({ output, usage, steps, trace }) => ({
        output,
        usage,
        steps,
        tasks: trace.find(({ path }) => path === "teams/crew")?.tasks,
        replayed: of("step.replayed").map(({ path }) => path),
        deltas: events.flatMap((event) => (event.type === "agent.delta" ? [{ call: event.call, delta: event.delta }] : [])),
        delegated: of("team.delegated").map(({ path }) => path),
        // An agent or a team that is still at work is told as begun where the run is taken up again; its calls are not.
        started: events.flatMap((event) =>
          event.type === "step.started" && ["model", "guard", "step", "tools"].includes(event.kind) ? [event.path] : [],
        ),
      }),
      ({ type, message, path }) => ({ type, message, path }),
    ),
  ),
);

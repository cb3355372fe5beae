// A process with a journal of its own, told by its arguments what to do. It prints one line of JSON for whatever it has done.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { claimWithin } from "../../src/journal/claim.ts";
import type { OwnedRun } from "../../src/journal/journal.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";

const [task, file, id, size = "1"] = process.argv.slice(2) as [string, string, string, string?];
const journal = sqliteJournal(file);
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const run = { id, plan: "p", fingerprint: "f", input: "[1,null]" };

async function own(): Promise<OwnedRun> {
  const owned = await claimWithin(journal, run);
  if (owned.isErr()) throw new Error(owned.error.message);
  owned.value.lost.addEventListener("abort", () => say({ lost: true }));
  say({ owns: owned.value.run.records });
  return owned.value;
}

/** Batches of 1, 2, 3, 1, … records that say what they are; what was acknowledged is said only then. */
async function write(owned: OwnedRun): Promise<void> {
  let next = owned.run.records + 1;
  for (let turn = 0; ; turn++) {
    const batch = Array.from({ length: (turn % 3) + 1 }, (_, index) => `${next + index}`.padEnd(Number(size), "."));
    const stored = await owned.append(batch);
    if (stored.isErr()) return say({ failed: stored.error.type, message: stored.error.message });
    next += batch.length;
    say({ stored: stored.value });
  }
}

switch (task) {
  case "write":
    await write(await own());
    break;
  case "hold":
    await own();
    await sleep(60_000);
    break;
  case "hold and write once": {
    const owned = await own();
    // Somebody may stop this process before it gets on.
    await once(process.stdin, "data");
    const stored = await owned.append(["late"]);
    say(stored.isOk() ? { stored: stored.value } : { failed: stored.error.type });
    await journal.close();
    process.exit();
    break;
  }
  case "claim once": {
    const owned = await journal.claim(run);
    say(owned.isOk() ? { won: owned.value.created } : { failed: owned.error.type });
    // Winners stay alive until all have asked.
    await once(process.stdin, "data");
    process.exit();
    break;
  }
  case "send":
    say({ sent: (await journal.send(id, "approval", size)).unwrapOr("taken") });
    await journal.close();
    break;
  default:
    throw new Error(`Expected a task, got ${task}`);
}

import { setTimeout as delay } from "node:timers/promises";
import { err } from "neverthrow";
import { expect, test } from "vitest";
import { Attempts } from "../../src/durable/engine/attempts.ts";
import { read } from "../../src/durable/records/record.ts";
import { workflow } from "../../src/index.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { instead, layOut, type Remains, Undertaker } from "../chaos/remains.ts";
import { folder } from "../journal/doors.ts";

test("attempts that were lost count for all later ones of the step, however often it is killed", async () => {
  await using place = await folder();
  const told: number[] = [];
  let undertaker: Undertaker | undefined;
  const plan = () =>
    workflow("flaky")
      .then(
        "a",
        async ({ attempt }) => {
          told.push(attempt);
          undertaker?.take(`in attempt ${attempt}`);
          await delay(5);
          return attempt < 6 ? err("again" as const) : attempt;
        },
        { retries: { max: 9, initial: 0 } },
      )
      .build();
  let output: unknown;
  for (let life = 0; output === undefined; life++) {
    // Each life is what was left in the middle of the first attempt that the life before has made.
    const left = undertaker?.remains[0];
    const file = `${place.path}/${life}.db`;
    if (left !== undefined) layOut(file, left);
    undertaker = life < 4 ? new Undertaker(file, []) : undefined;
    const journal = sqliteJournal(file);
    const count = told.length;
    const result = await plan().run("x", { journal, runId: "r" });
    await journal.close();
    if (life < 4) told.length = count + 1;
    else output = result._unsafeUnwrap().output;
  }
  expect(told).toEqual([...told].toSorted((one, other) => one - other));
  expect(new Set(told).size).toBe(told.length);
  expect([told[0], output]).toEqual([1, 6]);
});

test("a time limit that fires while the outcome that came before it is being written is none in a replay either", async () => {
  const journal = memoryJournal();
  const fired = Promise.withResolvers<void>();
  // A disk that takes its time: the outcome is stored, but not yet told so, when the limit is written behind it.
  const slow = instead(journal, "claim", async (...args: Parameters<typeof journal.claim>) =>
    (await journal.claim(...args)).map((owned) =>
      instead(owned, "append", async (...given: Parameters<typeof owned.append>) => {
        const stored = await owned.append(...given);
        const { type } = read(given[0][0] ?? "")._unsafeUnwrap();
        if (type === "settled") await fired.promise;
        if (type === "fired") {
          fired.resolve();
          await delay(5);
        }
        return stored;
      }),
    ),
  );
  const plan = workflow("tight")
    .then("a", () => "in time", { timeout: 30 })
    .build();
  const first = (await plan.run("x", { journal: slow, runId: "r" }))._unsafeUnwrap();
  expect(first.output).toBe("in time");
  const types = (await journal.read("r"))._unsafeUnwrap().map((text) => read(text)._unsafeUnwrap().type);
  expect(types).toEqual(["begun", "started", "settled", "fired", "ended"]);
  const again = (await plan.resume("r", { journal }))._unsafeUnwrap();
  expect(again.output).toBe("in time");
  expect(again.trace).toEqual(first.trace);
});

test("a race's loser that is begun again after a kill has its grace anew, and what it does then is undone", async () => {
  await using place = await folder();
  const said: string[] = [];
  const file = `${place.path}/runs.db`;
  const undertaker = new Undertaker(file, said);
  const plan = () =>
    workflow("racing")
      .race("race", {
        winner: () => delay(5, "won"),
        loser: {
          do: async ({ attempt }) => {
            said.push(`begin ${attempt}`);
            await delay(30);
            said.push(`did ${attempt}`);
          },
          undo: () => void said.push("undone"),
        },
      })
      .build();
  const journal = sqliteJournal(file);
  await plan().run("x", { journal: undertaker.journal(journal), runId: "r", grace: 300 });
  await journal.close();
  expect(said).toEqual(["begin 1", "did 1", "undone"]);
  // Killed when the winner was stored, and taken up when the grace was long over.
  const left = undertaker.remains.find(({ stored }) => stored.has("race/winner"));
  const copy = `${place.path}/copy.db`;
  layOut(copy, left as Remains);
  said.length = 0;
  await delay(400);
  const next = sqliteJournal(copy);
  expect((await plan().run("x", { journal: next, runId: "r", grace: 300 }))._unsafeUnwrap().output).toBe("won");
  await next.close();
  expect(said).toEqual(["begin 2", "did 2", "undone"]);
});

test("the time limit of an attempt is all its own: neither a slow disk nor the time in which nobody had the run counts", async () => {
  const journal = memoryJournal();
  const slow = instead(journal, "claim", async (...args: Parameters<typeof journal.claim>) =>
    (await journal.claim(...args)).map((owned) =>
      instead(owned, "append", async (...given: Parameters<typeof owned.append>) => {
        const stored = await owned.append(...given);
        const entry = read(given[0][0] ?? "")._unsafeUnwrap();
        if (entry.type === "settled" && entry.key.startsWith("a|")) await delay(60);
        return stored;
      }),
    ),
  );
  const plan = (b: (told: { readonly attempt: number; readonly signal: AbortSignal }) => unknown) =>
    workflow("limited")
      .then("a", () => 1)
      .then("b", b, { timeout: 40 })
      .build();
  const patient = plan(async ({ attempt, signal }) => (attempt === 1 ? delay(5, "in time", { signal }) : "again"));
  expect((await patient.run("x", { journal: slow, runId: "slow" }))._unsafeUnwrap().output).toBe("in time");
  // Left in the middle of its first attempt, and taken up when that would long have been over.
  const begun = Promise.withResolvers<void>();
  const never = plan(() => (begun.resolve(), new Promise(() => {})));
  const drain = new AbortController();
  const left = never.run("x", { journal, runId: "left", drain: drain.signal, grace: 0 });
  await begun.promise;
  drain.abort();
  expect((await left)._unsafeUnwrapErr().type).toBe("interrupted");
  await delay(60);
  const resumed = (await patient.run("x", { journal, runId: "left" }))._unsafeUnwrap();
  expect([resumed.output, resumed.record("b")?.status]).toEqual(["again", "completed"]);
});

test("no attempt is made under a number of before, also where several have run out of time and left no record of their end", () => {
  const records: string[] = [];
  const told: number[] = [];
  // Each owner is lost in the middle of what it begins last: it makes that attempt again, it runs out of time, and the next one begins.
  for (let attempt = 1; attempt <= 5; attempt++) {
    const attempts = new Attempts();
    for (const key of records) attempts.begun(key);
    for (const next of [attempt, attempt + 1]) {
      const key = `a||${next}`;
      told.push(next + attempts.begins(key));
      records.push(key);
    }
  }
  expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

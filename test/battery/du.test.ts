// Durable runs. DU08, DU10, DU19, DU25, DU33 as the journal's own matter: test/journal. DU12, DU13 and the rerun of DU28 are
// with plan changes, DU31 and DU32 with the process boundary, both in files of their own. DU03 is test/chaos. DU27 has no
// released version to keep a recording of yet: test/journal/sqlite.test.ts has what is told of a later one.
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { workflow } from "../../src/index.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { layOut, Undertaker } from "../chaos/remains.ts";
import { folder } from "../journal/doors.ts";

interface Called {
  readonly idempotencyKey: string;
  readonly attempt: number;
}

/** Twenty steps and more, with a parallel and a map. Each says when it begins, and when it has done what it does. */
function twenty(said: string[], look: (moment: string) => void = () => {}) {
  const work =
    <T>(value: T) =>
    async ({ idempotencyKey, attempt }: Called): Promise<T> => {
      said.push(`begin ${idempotencyKey} ${attempt}`);
      look(`in ${idempotencyKey}`);
      await delay(1);
      said.push(`did ${idempotencyKey} ${attempt}`);
      look(`after the effect of ${idempotencyKey}`);
      return value;
    };
  return workflow("twenty")
    .then("a1", work(1))
    .then("a2", work(new Date(2)))
    .then("a3", work(3))
    .parallel("p", { b1: work(1), b2: { flow: (b) => b.then("c1", work(1)).then("c2", work("two")) }, b3: work(3) })
    .then("d1", work(1))
    .map(
      "m",
      () => [1, 2, 3, 4, 5],
      ({ last, idempotencyKey, attempt }) => work(last * 2)({ idempotencyKey, attempt }),
      { concurrency: 2 },
    )
    .then("e1", work(1))
    .tap("e2", work(2))
    .then("e3", work(3))
    .then("end", ({ steps }) => ({ when: steps.a2.getTime(), mapped: steps.m, arms: steps.p, inner: steps.c2 }))
    .build();
}

const keyOf = (line: string): string => line.split(" ")[1] ?? "";
const attemptOf = (line: string): number => Number(line.split(" ")[2]);

test("DU01 DU02 killed before and after every write, within every step and after its effect: nothing that is stored runs again", async () => {
  await using place = await folder();
  const file = `${place.path}/runs.db`;
  const said: string[] = [];
  const undertaker = new Undertaker(file, said);
  const journal = sqliteJournal(file);
  const plan = twenty(said, (moment) => undertaker.take(moment));
  const whole = (await plan.run("x", { journal: undertaker.journal(journal), runId: "r" }))._unsafeUnwrap();
  await journal.close();
  expect(undertaker.remains.length).toBeGreaterThan(100);
  const begun = (lines: readonly string[]) => lines.filter((line) => line.startsWith("begin "));
  for (const [index, remains] of undertaker.remains.entries()) {
    const copy = `${place.path}/${index}.db`;
    layOut(copy, remains);
    const after: string[] = [];
    const again = sqliteJournal(copy);
    const resumed = (await twenty(after).run("x", { journal: again, runId: "r" }))._unsafeUnwrap();
    await again.close();
    expect(resumed.output, remains.moment).toEqual(whole.output);
    expect(resumed.steps, remains.moment).toEqual(whole.steps);
    const keys = begun(after).map(keyOf);
    expect(new Set(keys).size, `${remains.moment}: a step twice`).toBe(keys.length);
    for (const line of begun(after)) {
      const key = keyOf(line);
      expect(remains.stored, remains.moment).not.toContain(key.slice("r/".length));
      // Where nobody can know whether it had begun, it counts as having.
      const before = begun(remains.said).find((other) => keyOf(other) === key);
      if (before === undefined) expect([1, 2], remains.moment).toContain(attemptOf(line));
      else expect(attemptOf(line), `${remains.moment}: ${key}`).toBe(attemptOf(before) + 1);
    }
  }
}, 120_000);

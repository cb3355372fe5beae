// Whoever is told that an answer was taken may rely on it: answers, and the end of a wait's time, count in the order in which they came.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-answers-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ask = workflow("ask")
  .waitFor("sure", z.number())
  .then("said", ({ last }) => last)
  .build();
const hurried = workflow("hurried")
  .waitFor("sure", z.number(), { timeout: 120 })
  .then("said", ({ last }) => last)
  .build();

const patient = { interval: 1, timeout: 10_000 };

/** Two doors to one journal, as two processes have. */
const doors: Readonly<Record<string, () => readonly [Journal, Journal]>> = {
  "in memory": () => {
    const here = memoryJournal();
    return [here, memoryJournal(here)];
  },
  "in a file": () => [sqliteJournal(join(folder, "runs.db")), sqliteJournal(join(folder, "runs.db"))],
};

describe.each(Object.entries(doors))("%s", (_, open) => {
  test("an answer from elsewhere that was taken counts, also if one comes by the handle before the run has heard of it", async () => {
    const [here, there] = open();
    const handle = ask.start("x", { journal: here, runId: "r" });
    await expect.poll(() => handle.waits.length, patient).toBe(1);
    (await ask.answer("r", "sure", 1, { journal: there }))._unsafeUnwrap();
    expect((await handle.answer("sure", 2))._unsafeUnwrapErr().reason).toBe("answered");
    expect((await handle.result)._unsafeUnwrap().output).toBe(1);
    await Promise.all([here.close(), there.close()]);
  });

  test("of answers by both doors at once one is taken, and that one counts", async () => {
    const [here, there] = open();
    for (let round = 0; round < 20; round++) {
      const handle = ask.start("x", { journal: here, runId: `r${round}` });
      await expect.poll(() => handle.waits.length, patient).toBe(1);
      const given = await Promise.all([
        handle.answer("sure", 0),
        ask.answer(`r${round}`, "sure", 1, { journal: there }),
        handle.answer("sure", 2, { path: "sure" }),
      ]);
      const taken = given.flatMap((one, value) => (one.isOk() ? [value] : []));
      expect(taken).toHaveLength(1);
      expect((await handle.result)._unsafeUnwrap().output).toBe(taken[0]);
    }
    await Promise.all([here.close(), there.close()]);
  });

  test("an answer that comes as the time of its wait ends is either taken and counts, or told to be too late", async () => {
    const [here, there] = open();
    const ends = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const handle = hurried.start("x", { journal: here, runId: `r${index}` });
        await expect.poll(() => handle.waits.length, patient).toBe(1);
        await delay(60 + index * 2);
        const given = await hurried.answer(`r${index}`, "sure", index, { journal: there });
        const result = await handle.result;
        return [given.isOk() ? "taken" : given.error.reason, result.isOk() ? "answered" : result.error.type].join();
      }),
    );
    for (const end of ends) expect(["taken,answered", "over,wait_timed_out"]).toContain(end);
    await Promise.all([here.close(), there.close()]);
  });

  test("an answer that is no data is refused as what it is, and the wait goes on", async () => {
    const [here, there] = open();
    const loose = workflow("loose")
      .waitFor("sure", z.unknown())
      .then("said", () => "over")
      .build();
    const handle = loose.start("x", { journal: here, runId: "r" });
    await expect.poll(() => handle.waits.length, patient).toBe(1);
    const refused = (await handle.answer("sure", () => 1))._unsafeUnwrapErr();
    expect(refused.reason).toBe("invalid");
    expect(refused.message).toContain("Expected data that a journal can keep");
    (await handle.answer("sure", 1))._unsafeUnwrap();
    expect((await handle.result)._unsafeUnwrap().output).toBe("over");
    await Promise.all([here.close(), there.close()]);
  });
});

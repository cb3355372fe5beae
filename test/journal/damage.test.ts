// `npm run test:chaos -- --bytes` does this at every byte.
import { sqliteJournal } from "heddle/sqlite";
import { expect, test } from "vitest";
import { cutsOf, cutWrong, Damage, flipped, flips, flipWrong } from "./damage.ts";
import { claimed, newRun } from "./doors.ts";

const records = 4;

test("DU04 a log that is cut anywhere keeps what was whole, in order and without a gap, and the run goes on from there", async () => {
  using damage = new Damage();
  const files = await damage.files(records, false);
  const lengths = cutsOf(files.log, 41);
  expect(lengths.length).toBeGreaterThan(2_000);
  const counts = new Set<number>();
  for (const length of lengths) {
    const left = await damage.read({ main: files.main, log: files.log.subarray(0, length) });
    expect(cutWrong(left, Math.max(0, ...counts), files.whole), `cut at ${length}`).toBeUndefined();
    const count = left?.length ?? 0;
    if (counts.has(count)) continue;
    counts.add(count);
    // It is as it was after this many records: the next one comes behind them.
    const journal = sqliteJournal(damage.file);
    expect((await (await claimed(journal, newRun("r"))).append(["goes on"]))._unsafeUnwrap()).toBe(count + 1);
    await journal.close();
  }
  expect([...counts]).toEqual([0, 1, 2, 3, 4]);
}, 60_000);

test.each([
  ["the database", true],
  ["the log", false],
])(
  "flipped bits of %s are found: never another record than the one that was written",
  async (_, settled) => {
    using damage = new Damage();
    const { whole, ...files } = await damage.files(records, settled);
    let found = 0;
    for (const { at, ...turned } of flips(files, settled ? "main" : "log", 53)) {
      const left = await damage.read(turned);
      expect(flipWrong(left, whole), `a bit of byte ${at}`).toBeUndefined();
      if (left === undefined || left.length < records) found++;
    }
    expect(found).toBeGreaterThan(20);
  },
  60_000,
);

test("every bit of what stands before a record in the database, its number and its type, is told from what was written", async () => {
  using damage = new Damage();
  const { whole, main, log } = await damage.files(records, true);
  for (const record of whole)
    for (let at = main.indexOf(record) - 12; at < main.indexOf(record); at++)
      for (let bit = 0; bit < 8; bit++) {
        const left = await damage.read({ main: flipped(main, at, bit), log });
        expect(flipWrong(left, whole), `bit ${bit} of byte ${at}`).toBeUndefined();
      }
}, 30_000);

// npm run bench:journal: how fast the SQLite journal writes what has to be safe, and reads it again. The disk decides most of
// it, so a bare write with a sync is measured beside it. Reported only.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workflow } from "../../src/index.ts";
import { decode, encode } from "../../src/journal/codec.ts";
import type { OwnedRun } from "../../src/journal/journal.ts";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { median } from "./median.ts";

const place = mkdtempSync(join(process.argv[2] ?? tmpdir(), "heddle-bench-"));
const journal = sqliteJournal(join(place, "runs.db"));
/** What a step's outcome is like: some 300 characters. */
const outcome = {
  path: "research/web",
  attempt: 1,
  at: new Date(0),
  output: { text: "A heddle guides each warp thread. ".repeat(5), score: 0.5, tags: ["a", "b"] },
};
const record = encode(outcome)._unsafeUnwrap();
const rounds = 5;
const longestRound = 1_000;

async function own(id: string): Promise<OwnedRun> {
  const owned = await journal.claim({ id, plan: "bench", fingerprint: "f", input: "[1,null]" });
  if (owned.isErr()) throw new Error(owned.error.message);
  return owned.value;
}

async function append(owned: OwnedRun, records: readonly string[]): Promise<void> {
  const stored = await owned.append(records);
  if (stored.isErr()) throw new Error(stored.error.message);
}

/** How many a second, the middle of the rounds; `once` does `size` of them. */
async function rate(size: number, once: () => unknown): Promise<string> {
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    let done = 0;
    while (performance.now() - begun < longestRound) {
      await once();
      done += size;
    }
    rates.push((done / (performance.now() - begun)) * 1_000);
  }
  return `${Math.round(median(rates)).toLocaleString("en-US")} a second`;
}

const report = (what: string, measured: string): void => console.log(`${what.padEnd(52)} ${measured.padStart(20)}`);
const times = (count: number): readonly string[] => new Array<string>(count).fill(record);

try {
  const bare = openSync(join(place, "bare"), "w");
  report(
    "a bare write of 4 kB with fdatasync",
    await rate(1, () => {
      writeSync(bare, Buffer.alloc(4_096));
      fdatasyncSync(bare);
    }),
  );
  closeSync(bare);

  const single = await own("single");
  report("durable appends, one after the other", await rate(1, () => append(single, [record])));
  const arms = await own("arms");
  report("16 arms of a run, each appends at once", await rate(16, () => Promise.all(times(16).map((text) => append(arms, [text])))));
  const runs = await Promise.all(Array.from({ length: 100 }, (_, index) => own(`run ${index}`)));
  report("100 runs, each appends at once", await rate(100, () => Promise.all(runs.map((run) => append(run, [record])))));
  const batches = await own("batches");
  report("batches of 50 records", await rate(50, () => append(batches, times(50))));

  const long = await own("long");
  for (let written = 0; written < 100_000; written += 10_000) await append(long, times(10_000));
  const reads: number[] = [];
  const decodes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    const texts: string[] = [];
    for (let from = 1; from <= 100_000; from += 10_000) {
      const page = await journal.read("long", { from });
      if (page.isErr()) throw new Error(page.error.message);
      texts.push(...page.value);
    }
    reads.push(performance.now() - begun);
    for (const text of texts) decode(text)._unsafeUnwrap();
    decodes.push(performance.now() - begun);
  }
  report("reading 100,000 records", `${Math.round(median(reads))} ms`);
  report("reading and decoding them", `${Math.round(median(decodes))} ms`);
  // 50,000 items make 100,000 records and some: each was begun and has ended.
  const many = workflow("many")
    .map(
      "each",
      () => Array.from({ length: 50_000 }, (_, index) => index),
      ({ last }) => ({ ...outcome, at: last }),
    )
    .then("end", ({ last }) => last.length)
    .build();
  const begun = performance.now();
  if ((await many.run("in", { journal, runId: "many", concurrency: 500 })).isErr())
    throw new Error("Expected the run of 50,000 items to go through");
  report("a run of 50,000 items, 500 at a time", `${Math.round(performance.now() - begun)} ms`);
  const resumes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    if ((await many.resume("many", { journal })).isErr()) throw new Error("Expected a finished run to give its result");
    resumes.push(performance.now() - from);
  }
  report("resuming it, from 100,000 records (goal: 2,000 ms)", `${Math.round(median(resumes))} ms`);
  report(`encoding an outcome of ${record.length} characters`, await rate(1_000, () => times(1_000).map(() => encode(outcome))));
} finally {
  await journal.close();
  rmSync(place, { recursive: true, force: true });
}

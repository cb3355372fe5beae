// A journal of one run as a killed process leaves it, and what can be read of it after its files were cut or bits of them flipped.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteJournal } from "heddle/sqlite";
import { claimed, newRun } from "./doors.ts";

export interface Files {
  /** The database, and the log that is not in it yet. */
  readonly main: Buffer;
  readonly log: Buffer;
}

/** What of the run could be read; undefined where the journal failed, which it says. */
export type Left = readonly string[] | undefined;

/** A memory file system where there is one: tens of thousands of damaged files have nothing to do on a disk. */
const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export class Damage implements Disposable {
  readonly #folder = mkdtempSync(join(place, "heddle-damage-"));
  readonly file = join(this.#folder, "runs.db");

  /** A run of so many records, each of its own commit. `settled`: its log is in the database, and empty. */
  async files(records: number, settled: boolean): Promise<Files & { readonly whole: readonly string[] }> {
    const origin = join(this.#folder, "origin.db");
    const first = sqliteJournal(origin);
    await first.runs();
    await first.close();
    const journal = sqliteJournal(origin);
    const owned = await claimed(journal, newRun("r"));
    const whole = Array.from({ length: records }, (_, index) => `record ${index + 1} ${"x".repeat(200)}`);
    for (const record of whole) (await owned.append([record]))._unsafeUnwrap();
    for (const end of ["", "-wal"]) copyFileSync(`${origin}${end}`, `${this.file}${end}`);
    await journal.close();
    if (settled) {
      const closing = sqliteJournal(this.file);
      await closing.runs();
      await closing.close();
    }
    const read = (file: string) => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));
    const files = { main: read(this.file), log: read(`${this.file}-wal`), whole };
    for (const end of ["", "-wal", "-shm"]) rmSync(`${origin}${end}`, { force: true });
    return files;
  }

  async read({ main, log }: Files): Promise<Left> {
    writeFileSync(this.file, main);
    rmSync(`${this.file}-shm`, { force: true });
    if (log.length > 0) writeFileSync(`${this.file}-wal`, log);
    else rmSync(`${this.file}-wal`, { force: true });
    const journal = sqliteJournal(this.file);
    const found = await journal.find("r");
    const read = await journal.read("r");
    await journal.close();
    for (const result of [found, read])
      if (result.isErr() && result.error.type !== "journal_failed" && result.error.type !== "run_not_found") throw result.error;
    if (found.isOk() && found.value.input !== newRun("r").input) throw new Error(`Expected the run's own input, got ${found.value.input}`);
    return read.unwrapOr(undefined);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The same bytes with one bit turned over. */
export function flipped(bytes: Buffer, at: number, bit = at % 8): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ (1 << bit);
  return copy;
}

/** Whether this is the beginning of that, with nothing changed. */
export function isBeginning(part: readonly string[], whole: readonly string[]): boolean {
  return part.length <= whole.length && part.every((record, index) => record === whole[index]);
}

/** Lengths to cut a log to: each around the beginning of a frame, and every so many between them. */
export function cutsOf(log: Buffer, step: number): readonly number[] {
  const frame = 4_096 + 24;
  const around = 40;
  const near = (length: number) => {
    const into = (length - 32 + frame) % frame;
    return into < around || into > frame - around;
  };
  return Array.from({ length: log.length + 1 }, (_, length) => length).filter((length) => length % step === 0 || near(length));
}

/** What is wrong with what a cut log left; undefined where nothing is. `most`: how many records a shorter one left. */
export function cutWrong(left: Left, most: number, whole: readonly string[]): string | undefined {
  if (left === undefined) return "it did not open";
  if (!isBeginning(left, whole)) return "records that were never written";
  return left.length < most ? "fewer records than a shorter log left" : undefined;
}

/** The files with one bit of every `step`th byte turned over, one after the other. */
export function* flips({ main, log }: Files, which: keyof Files, step: number): Generator<Files & { readonly at: number }> {
  const bytes = which === "main" ? main : log;
  for (let at = 0; at < bytes.length; at += step) yield { main, log, [which]: flipped(bytes, at), at };
}

export function flipWrong(left: Left, whole: readonly string[]): string | undefined {
  return left === undefined || isBeginning(left, whole) ? undefined : "records that were never written";
}

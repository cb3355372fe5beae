// A run in a process of its own that a fault befalls, and what has to hold of it afterwards.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { sqliteJournal } from "../../src/journal/sqlite.ts";
import { type Child, child } from "../journal/processes.ts";
import { bundled } from "./bundled.ts";
import { settledBy } from "./remains.ts";

export const program = await bundled("fault-child.ts");
export const sequence = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** The steps of the run that the journal has the values of. */
export async function storedIn(file: string): Promise<ReadonlySet<string>> {
  const journal = sqliteJournal(file);
  const texts = (await journal.read("r"))._unsafeUnwrap();
  await journal.close();
  const settled = texts.map(settledBy).filter((one) => one?.how === "value" && one.role === "");
  return new Set(settled.map((one) => one?.path ?? ""));
}

interface Line {
  readonly what: string;
  readonly path: string;
  readonly attempt: number;
  readonly pid: number;
}

export function linesOf(ledger: string): readonly Line[] {
  const lines = readFileSync(ledger, "utf8").trim().split("\n");
  return lines.map((line) => {
    const [what = "", key = "", attempt, pid] = line.split(" ");
    return { what, path: key.slice("r/".length), attempt: Number(attempt), pid: Number(pid) };
  });
}

/** What is begun after `from` lines was not stored by then, and never has the number of an attempt that was made before. */
export function judge(ledger: string, from: number, stored: ReadonlySet<string>): void {
  const lines = linesOf(ledger);
  for (const { path } of lines.slice(from).filter(({ what }) => what === "begin")) expect(stored).not.toContain(path);
  const begun = lines.filter(({ what }) => what === "begin").map(({ path, attempt }) => `${path} ${attempt}`);
  expect(begun.toSorted()).toEqual([...new Set(begun)].toSorted());
}

/** Ends its input, after which there is nothing left for it to do. */
export async function endsByItself(one: Child): Promise<void> {
  one.process.stdin?.end();
  if (one.process.exitCode === null && one.process.signalCode === null)
    await once(one.process, "exit", { signal: AbortSignal.timeout(5_000) });
  expect([one.process.exitCode, one.process.signalCode]).toEqual([0, null]);
  expect(one.said.filter((line) => "crashed" in line)).toEqual([]);
}

export async function goesOn(file: string, ledger: string, args: readonly string[], count: number): Promise<void> {
  const from = linesOf(ledger).length;
  const stored = await storedIn(file);
  await using next = child([file, ledger, ...args], undefined, program);
  expect(await next.says("output")).toEqual(sequence(count));
  await endsByItself(next);
  judge(ledger, from, stored);
}

import type { ListedRun, ListedWait } from "../../journal/journal.ts";
import { cut } from "../../plan/cut.ts";
import { defaultTakeovers } from "../../server/suspects.ts";
import { displayWidth, padEnd } from "../text/display-width.ts";
import { jsonText } from "../text/json-text.ts";
import { type Line, piece, type Tone } from "../text/line.ts";
import { printable } from "../text/printable.ts";

/** A run as it is listed. */
export interface RunRow {
  readonly run: ListedRun;
  /** It waits for somebody to go on with it. */
  readonly ready: boolean;
  /** The waits that nobody has answered. */
  readonly waits: readonly ListedWait[];
}

/** Characters of what a wait shows; all of it is in --json. */
const mostShown = 60;
const heads = ["run", "plan", "status", "since", "waits for"] as const;
const tones: { readonly [Status in ListedRun["status"]]: Tone } = {
  running: "plain",
  suspended: "notice",
  completed: "good",
  failed: "bad",
  cancelled: "quiet",
};

/** Runs as a table with a line of heads; none for none. */
export function runLines(rows: readonly RunRow[]): readonly Line[] {
  if (rows.length === 0) return [];
  const cells = rows.map(cellsOf);
  const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((row) => displayWidth(row[column] ?? ""))));
  const line = (texts: readonly string[], tone: (column: number) => Tone): Line =>
    texts.map((text, column) => piece(tone(column), column === heads.length - 1 ? text : `${padEnd(text, widths[column] ?? 0)}  `));
  return [
    line(heads, () => "quiet"),
    ...cells.map((row, index) => line(row, (column) => (column === 2 ? tones[(rows[index] as RunRow).run.status] : "plain"))),
  ];
}

/** The same for a program to read; times as ISO 8601. */
export function runJson({ run, ready, waits }: RunRow): string {
  const { id, plan, fingerprint, status, records, lostOwners, createdAt, updatedAt, wakeAt } = run;
  const times = { createdAt: iso(createdAt), updatedAt: iso(updatedAt), ...(wakeAt !== undefined && { wakeAt: iso(wakeAt) }) };
  const told = waits.map(({ expiresAt, ...wait }) => ({ ...wait, ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }) }));
  return jsonText({ id, plan, fingerprint, status, ready, records, lostOwners, ...times, waits: told });
}

function cellsOf({ run, ready, waits }: RunRow): readonly string[] {
  const { id, plan, status, updatedAt } = run;
  return [printable(id), printable(plan), status, local(updatedAt), ready ? whoIsWanted(run) : waitsFor(run, waits)];
}

function whoIsWanted({ lostOwners, unseen }: ListedRun): string {
  const died = `${lostOwners} ${lostOwners === 1 ? "process" : "processes in a row"} died at it`;
  if (lostOwners > defaultTakeovers && !unseen) return `somebody who looks why ${died}`;
  return lostOwners === 0 ? "a worker" : `a worker; ${died}`;
}

function waitsFor({ wakeAt }: ListedRun, waits: readonly ListedWait[]): string {
  const asked = waits.map(({ path, shown, expiresAt }) => `${printable(path)}${shortened(shown)}${until(expiresAt)}`);
  // A run's own time may end before that of any wait.
  if (wakeAt !== undefined && !waits.some(({ expiresAt }) => expiresAt === wakeAt)) asked.push(until(wakeAt).trim());
  return asked.join(", ");
}

function shortened(shown: unknown): string {
  if (shown === undefined) return "";
  return ` ${cut(printable(typeof shown === "string" ? JSON.stringify(shown) : jsonText(shown)), mostShown)}`;
}

function until(at: number | undefined): string {
  return at === undefined ? "" : ` until ${local(at)}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Local time, as `2026-11-23 08:15:02`. */
function local(at: number): string {
  const date = new Date(at);
  const [day, time] = [
    [date.getFullYear(), date.getMonth() + 1, date.getDate()],
    [date.getHours(), date.getMinutes(), date.getSeconds()],
  ].map((parts) => parts.map((part) => String(part).padStart(2, "0")));
  return `${day?.join("-")} ${time?.join(":")}`;
}

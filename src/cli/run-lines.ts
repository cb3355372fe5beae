import type { ListedRun } from "../journal/journal.ts";
import { displayWidth, padEnd } from "./display-width.ts";
import { jsonText } from "./json-text.ts";
import { type Line, piece, type Tone } from "./line.ts";
import { printable } from "./printable.ts";

/** A run as it is listed. */
export interface RunRow {
  readonly run: ListedRun;
  /** It waits for somebody to go on with it. */
  readonly ready: boolean;
  /** The waits that nobody has answered. */
  readonly waits: readonly { readonly step: string; readonly path: string }[];
}

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
  const { id, plan, fingerprint, status, records, createdAt, updatedAt, wakeAt } = run;
  const times = { createdAt: iso(createdAt), updatedAt: iso(updatedAt), ...(wakeAt !== undefined && { wakeAt: iso(wakeAt) }) };
  return jsonText({ id, plan, fingerprint, status, ready, records, ...times, waits: waits.map(({ step, path }) => ({ step, path })) });
}

function cellsOf({ run, ready, waits }: RunRow): readonly string[] {
  const { id, plan, status, updatedAt, wakeAt } = run;
  const asked = waits.map(({ path }) => printable(path)).join(", ");
  const until = wakeAt === undefined ? "" : `${asked === "" ? "" : ", "}until ${local(wakeAt)}`;
  return [printable(id), printable(plan), status, local(updatedAt), ready ? "a worker" : `${asked}${until}`];
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

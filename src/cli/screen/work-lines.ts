import { cut } from "../../plan/cut.ts";
import type { WorkerEvent, WorkerProblem } from "../../server/worker.ts";
import { jsonText } from "../text/json-text.ts";
import { type Line, piece, type Tone } from "../text/line.ts";
import { printable } from "../text/printable.ts";
import { duration } from "../text/quantities.ts";
import { describe } from "../text/thrown.ts";

/** Characters of an output that its line shows; all of it is in the journal, and in what --events prints. */
const mostOutput = 100;

const reasons = {
  new: "taken up",
  abandoned: "taken up, as its owner is gone",
  message: "taken up, as somebody has answered or cancelled it",
  due: "taken up, as a wait's time has run out",
} as const;

/** What a worker does, as one line: when, which run of which plan, and what of it. */
export function workLine(event: WorkerEvent, at: Date): Line {
  const [mark, tone, text] = said(event);
  return [
    piece("quiet", `${at.toTimeString().slice(0, 8)} `),
    piece(tone, `${mark} `),
    piece("strong", printable(event.plan)),
    piece("plain", ` ${printable(event.runId)} `),
    piece(tone === "good" ? "plain" : tone, text),
  ];
}

/** The same for a program to read. */
export function workJson(event: WorkerEvent | WorkerProblem): string {
  if (event.type === "run.left" && event.status === "completed") {
    const { run, ...rest } = event;
    return jsonText({ ...rest, output: run.output, usage: run.usage });
  }
  if (!("failure" in event)) return jsonText(event);
  const { failure, ...rest } = event;
  const { type, message, path } = failure;
  return jsonText({ ...rest, failure: { type, message, path } });
}

function said(event: WorkerEvent): readonly [mark: string, tone: Tone, text: string] {
  if (event.type === "run.taken") return ["›", "quiet", reasons[event.why]];
  const after = ` after ${duration(event.durationMs)}`;
  switch (event.status) {
    case "completed":
      return ["✓", "good", `completed${after}${shortened(event.run.output)}`];
    case "cancelled":
      return ["–", "quiet", `cancelled${after}: ${printable(describe(event.failure.cause))}`];
    case "suspended":
      return ["?", "notice", `waits for an answer to ${event.waits.map(({ path }) => JSON.stringify(printable(path))).join(", ")}`];
    case "interrupted":
      return ["…", "quiet", `left${after}, to go on ${event.failure.type === "plan_changed" ? "with the plan as it was" : "later"}`];
    default: {
      const { type, path, message } = event.failure;
      return ["✗", "bad", `${type}${path === "" ? "" : ` at ${printable(path)}`}${after}: ${printable(message)}`];
    }
  }
}

function shortened(output: unknown): string {
  if (output === undefined) return "";
  return `: ${cut(printable(typeof output === "string" ? output : jsonText(output)), mostOutput)}`;
}

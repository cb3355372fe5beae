import type { RunSettings } from "../../execute/run/settings.ts";
import type { StoredRun } from "../../journal/journal.ts";
import { type Change, diff } from "../../plan/diff.ts";
import { diffText } from "../../plan/diff-text.ts";
import { fixed } from "../../plan/fixed.ts";
import { encodeSegment } from "../../plan/names.ts";
import type { Definition } from "../../plan/node.ts";
import { readShape, type Shape, shapeText } from "../../plan/shape.ts";
import { keptShape, shapeOf } from "../records/kept-shape.ts";
import type { Entry } from "../records/record.ts";
import { formerly } from "./former.ts";
import { Progress } from "./reached.ts";
import { Rehearsal } from "./rehearsal.ts";

/** The shape that a run's records were last added to by, where it is another one than the plan's. */
export function formerShape(definition: Definition, entries: readonly Entry[]): Shape | undefined {
  const kept = entries.findLast((entry) => entry.type === "begun" || entry.type === "changed")?.shape;
  return kept === undefined || kept === keptShape(definition) ? undefined : shapeOf(kept);
}

/** Why a run cannot go on with a plan of another shape than `before`; undefined where it can. */
export function conflict(
  definition: Definition,
  before: Shape,
  run: StoredRun,
  entries: readonly Entry[],
  settings: RunSettings,
): string | undefined {
  const progress = new Progress();
  const rehearsal = new Rehearsal(formerly(definition, before), run, entries, settings, (event) => progress.told(event));
  let fits = true;
  for (const entry of entries) {
    progress.recorded(entry);
    // Where it no longer fits, what the other records are about says enough.
    if (fits && entry.type !== "begun" && entry.type !== "ended") fits = rehearsal.hear(entry);
  }
  rehearsal.close();
  const after = readShape(shapeText(definition));
  const matters = fixed(before, progress);
  const changes = diff(before, after);
  return changes.some(matters)
    ? changedText(definition.name, run.id, changes, matters, adviceFor(before, after, changes, matters))
    : undefined;
}

export function changedText(
  plan: string,
  runId: string,
  changes: readonly Change[],
  matters: (change: Change) => boolean,
  advice: string,
): string {
  const name = changes.some(({ of }) => of === "plan") ? "the plan" : `plan ${JSON.stringify(plan)}`;
  return `Expected ${name} to be as run ${JSON.stringify(runId)} knows it, up to where that has come, got one that was changed there:\n${diffText(changes, matters)}\n${advice}`;
}

/** The first step that has to be done anew decides from where. */
function adviceFor(before: Shape, after: Shape, changes: readonly Change[], matters: (change: Change) => boolean): string {
  const serious = changes.filter(matters);
  const first = (path: string) => path.split("/")[0];
  const places = serious.map(({ within, at, path }) =>
    within === before ? at : before.nodes.findIndex((node) => first(path) === encodeSegment(node.id)),
  );
  const from = before.name === after.name ? after.nodes[Math.min(...places)] : undefined;
  const anew =
    from === undefined ? "begin a new run" : `do it anew from there: plan.rerun(runId, { from: ${JSON.stringify(from.id)}, journal })`;
  return `Resume it with these as they were, or ${anew}`;
}

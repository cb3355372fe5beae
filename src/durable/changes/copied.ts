import { err, ok, type Result } from "neverthrow";
import type { RunSettings } from "../../execute/run/settings.ts";
import type { StoredRun } from "../../journal/journal.ts";
import { diff } from "../../plan/diff.ts";
import { fixed } from "../../plan/fixed.ts";
import { encodeSegment } from "../../plan/names.ts";
import type { Definition, Node } from "../../plan/node.ts";
import { readShape, shapeText } from "../../plan/shape.ts";
import { walk } from "../../plan/walk.ts";
import { misfit } from "../records/misfit.ts";
import type { Trouble } from "../records/reading.ts";
import { type Entry, read, write } from "../records/record.ts";
import { changedText, formerShape } from "./changed.ts";
import { formerly } from "./former.ts";
import { Progress, pathIn } from "./reached.ts";
import { Rehearsal } from "./rehearsal.ts";

/** What of a run's records stays true when it is done anew from a step on. */
export interface Copied {
  readonly records: readonly string[];
  /** How long the run had gone on by then, in ms. */
  readonly now: number;
  /** What its random numbers are drawn from. */
  readonly seed: string;
}

/** The records of a run up to where it came to the place of step `from`. */
export function copied(
  definition: Definition,
  run: StoredRun,
  texts: readonly string[],
  from: string,
  settings: RunSettings,
): Result<Copied, Trouble> {
  const entries: Entry[] = [];
  for (const text of texts) {
    const entry = read(text);
    if (entry.isErr()) return err(entry.error);
    entries.push(entry.value);
  }
  const [begun] = entries;
  if (begun?.type !== "begun") return notReached(run.id, from);
  const index = definition.root.findIndex(({ id }) => id === from);
  const former = formerShape(definition, entries);
  const old = former === undefined ? definition : formerly(definition, former);
  const places = new Map(old.root.map(({ id }, place) => [encodeSegment(id), place]));
  const progress = new Progress();
  let reached = false;
  const rehearsal = new Rehearsal(old, run, entries, settings, (event) => {
    progress.told(event);
    if (event.type === "step.started") reached ||= (places.get(event.path) ?? -1) >= index;
  });
  let heard = 0;
  let misfitting: Entry | undefined;
  for (const entry of entries) {
    if (reached || misfitting !== undefined || entry.type === "ended") break;
    progress.recorded(entry);
    if (entry.type !== "begun" && !rehearsal.hear(entry)) misfitting = entry;
    heard++;
  }
  const { now } = rehearsal;
  // A run that ended well has been everywhere, also past handlers that it did not need.
  if (!reached && misfitting === undefined) reached = run.status === "completed";
  rehearsal.close();
  if (former !== undefined) {
    const first = <T>({ nodes, ...shape }: { readonly name: string; readonly nodes: readonly T[] }) => ({
      ...shape,
      nodes: nodes.slice(0, index),
    });
    const [before, after] = [first(former), first(readShape(shapeText(definition)))];
    const changes = diff(before, after);
    const matters = fixed(before, Object.assign(progress, { over: true }));
    const advice = "A rerun takes over what comes before the step that it begins with: name an earlier one, or begin a new run";
    if (changes.some(matters))
      return err({ type: "plan_changed", message: changedText(definition.name, run.id, changes, matters, advice) });
  }
  if (misfitting !== undefined) return err({ type: "plan_changed", message: misfit(definition.name, run.id, misfitting) });
  if (!reached) return notReached(run.id, from);
  const undone = entries.slice(heard).find((entry): entry is Keyed => isUndo(entry) && (places.get(topOf(entry)) ?? index) < index);
  if (undone !== undefined) return wasUndone(run.id, from, old.root[places.get(topOf(undone)) as number] as Node);
  const later = waitsOf(definition.root.slice(index));
  const earlier = waitsOf(definition.root.slice(0, index));
  const records = entries.flatMap((entry, number) => {
    // It may be written behind the entry at which the copy ends.
    if (entry.type === "decided") return rehearsal.decided.has(entry) ? [texts[number] as string] : [];
    if (number >= heard) return [];
    if (entry.type === "settled" || entry.type === "fired" || entry.type === "waiting" || entry.type === "waited")
      return [texts[number] as string];
    // An answer that came early for what is done anew has to be given anew.
    if (entry.type !== "answered" || (later.has(entry.step) && !earlier.has(entry.step))) return [];
    return [write({ ...entry, message: 0 })._unsafeUnwrap()];
  });
  return ok({ records, now, seed: begun.rerun?.seed ?? run.id });
}

type Keyed = Extract<Entry, { readonly key: string }>;

function isUndo(entry: Entry): entry is Keyed {
  return (entry.type === "started" || entry.type === "settled") && /\|"undo"\|\d+\+*$/.test(entry.key);
}

/** The step of the outermost chain that a call belongs to, as a piece of its path. */
function topOf({ key }: Keyed): string {
  return pathIn(key).split("/")[0] as string;
}

function waitsOf(nodes: readonly Node[]): ReadonlySet<string> {
  const waits = new Set<string>();
  const enter = ({ id, kind }: Node) => kind === "wait" && void waits.add(id);
  walk(nodes, { enter, part: () => {}, leavePart: () => {}, leave: () => {} });
  return waits;
}

function notReached(runId: string, from: string): Result<never, Trouble> {
  const message = `Expected a run that has come to step ${JSON.stringify(from)}, got ${JSON.stringify(runId)}, which has not: resume it, or do it anew from a step that it has come to`;
  return err({ type: "run_not_found", message });
}

function wasUndone(runId: string, from: string, { id }: Node): Result<never, Trouble> {
  const message = `Expected what comes before step ${JSON.stringify(from)} to stand as run ${JSON.stringify(runId)} left it, got step ${JSON.stringify(id)}, which that run has undone: do it anew from there, or from an earlier step`;
  return err({ type: "run_not_found", message });
}

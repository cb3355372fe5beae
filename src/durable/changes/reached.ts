import type { Reached } from "../../plan/fixed.ts";
import type { RunEvent } from "../../types/event.ts";
import type { Entry } from "../records/record.ts";

const counted = /#\d+|\[\d+\]|~\d+/g;

/** How far a run has come: what its records are about, and what a replay of them tells. */
export class Progress implements Reached {
  readonly #reached = new Set<string>();
  readonly #done = new Set<string>();
  readonly #skipped = new Set<string>();
  over = false;

  reached(path: string): boolean {
    return this.#reached.has(path);
  }

  done(path: string): boolean {
    return this.#done.has(path);
  }

  skipped(path: string): boolean {
    return this.#skipped.has(path);
  }

  /** What a record is about was begun, and all that is around it. */
  recorded(entry: Entry): void {
    if (entry.type === "ended") this.over = true;
    else if (entry.type === "started" || entry.type === "settled") this.#reach(pathIn(entry.key));
    else if (entry.type === "waiting") this.#reach(uncounted(entry.path));
    else if (entry.type === "fired") this.#reach(pathIn(entry.timer));
  }

  /** No record has to say of a wait or a sleep that it has begun, nor which arm was taken. */
  told(event: RunEvent): void {
    if (event.type === "step.started") {
      if (event.kind === "wait" || event.kind === "sleep") this.#reach(uncounted(event.path));
    } else if (event.type === "step.completed" || event.type === "step.failed") this.#done.add(uncounted(event.path));
    else if (event.type === "step.skipped") this.#skipped.add(uncounted(event.path));
  }

  #reach(path: string): void {
    for (let at = path; at !== "" && !this.#reached.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) this.#reached.add(at);
  }
}

function uncounted(path: string): string {
  return path.replace(counted, "");
}

/** The path in the key of a call or the name of a timer: what comes before the last two bars, or the first of a run's own. */
export function pathIn(key: string): string {
  const last = key.lastIndexOf("|");
  const place = key.lastIndexOf("|", last - 1);
  return uncounted(key.slice(0, Math.max(0, place)));
}

import type { RunEvent } from "../../types/event.ts";
import { type Line, piece } from "../text/line.ts";
import { printable } from "../text/printable.ts";
import { count, duration } from "../text/quantities.ts";

/** What is no step of its own: the calls inside agents, and the turns and items that hold steps. */
const inner: ReadonlySet<string> = new Set(["model", "tool", "tools", "guard", "turn", "item"]);

const marks = { "run.completed": piece("good", "✓ "), "run.failed": piece("bad", "✗ "), "run.suspended": piece("quiet", "… ") };

/** Counts a run's steps, and sums it up at its end. */
export class Tally {
  readonly #plan: string;
  #steps = 0;
  #replayed = false;
  #goesOn = false;

  /** `plan` is its name, which a run that is over already, or cannot begin, does not tell. */
  constructor(plan: string) {
    this.#plan = plan;
  }

  note(event: RunEvent): void {
    if (event.type === "run.started" || event.type === "run.resumed") this.#goesOn = true;
    else if (event.type === "step.replayed") this.#replayed = true;
    else if (event.type === "step.started" && !inner.has(event.kind)) this.#steps++;
  }

  /** The last line: total time, steps, model calls and tokens. */
  line(event: Extract<RunEvent, { readonly type: "run.completed" | "run.failed" | "run.suspended" }>): Line {
    const { usage, durationMs } = event;
    const total = [
      duration(durationMs),
      // Nothing of it was done here.
      this.#replayed && !this.#goesOn ? "as recorded" : count(this.#steps, "step"),
      ...(usage.modelCalls === 0 ? [] : [count(usage.modelCalls, "model call"), count(usage.totalTokens, "token")]),
    ].join(" · ");
    // Left to go on later is neither.
    const mark = event.type === "run.failed" && event.failure.type === "interrupted" ? marks["run.suspended"] : marks[event.type];
    return [mark, piece("strong", printable(this.#plan)), piece("quiet", `  ${total}`)];
  }
}

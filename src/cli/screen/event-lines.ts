import type { RunEvent } from "../../types/event.ts";
import { cutStart, padEnd } from "../text/display-width.ts";
import { type Line, type Piece, piece, type Tone } from "../text/line.ts";
import { printable } from "../text/printable.ts";
import { count, duration } from "../text/quantities.ts";
import type { Layout } from "./layout.ts";

type Of<Type extends RunEvent["type"]> = Extract<RunEvent, { readonly type: Type }>;

/** `parallel` and `workflow` are the longest kinds. */
const kindColumns = 8;
const timeColumns = 8;
/** What an agent does inside its step is told below it, and quietly. */
const nested: ReadonlySet<string> = new Set(["model", "tool", "tools", "guard"]);
/** Begun by a line of their loop already. */
const announced: ReadonlySet<string> = new Set(["turn"]);

/** Tells a run's events as lines. It keeps only what later lines need of earlier events. */
export class EventLines {
  readonly #layout: Layout;
  /** Paths of model calls under way: their retries belong below the agent too. */
  readonly #calls = new Set<string>();
  #lastFailure = "";

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** The line for an event; undefined for those that have none, such as the pieces of an answer. */
  of(event: RunEvent): Line | undefined {
    switch (event.type) {
      case "step.started":
        return this.#started(event);
      case "step.completed":
        return this.#row(event, "✓", "good", event.kind, [duration(event.durationMs), ...this.#outcome(event)]);
      case "step.failed":
        return this.#failed(event);
      case "step.skipped":
        return this.#row(event, "–", "quiet", "skipped", []);
      case "step.retrying":
        return this.#row(event, "↻", "notice", "retry", [duration(event.delayMs), `attempt ${event.attempt}: ${printable(event.message)}`]);
      case "loop.iteration":
        return this.#row({ path: `${event.path}#${event.iteration}` }, "›", "quiet", "turn", []);
      case "team.delegated":
        return this.#row(event, "→", "quiet", "asked", ["", printable(event.task.split("\n", 1)[0] ?? "")]);
      case "tool.completed":
        return this.#row(event, "✓", "good", "tool", [duration(event.durationMs)]);
      case "tool.failed":
        return this.#row(event, "✗", "bad", "tool", [duration(event.durationMs), printable(event.message)]);
      default:
        return undefined;
    }
  }

  #started(event: Of<"step.started">): Line | undefined {
    if (event.kind === "model") this.#calls.add(event.path);
    if (nested.has(event.kind) || announced.has(event.kind)) return undefined;
    return this.#row(event, "›", "quiet", event.kind, []);
  }

  #failed(event: Of<"step.failed">): Line {
    const { message, kind, durationMs } = event;
    const outcome = this.#outcome(event);
    if (event.cancelled) return this.#row(event, "–", "quiet", kind, [duration(durationMs), ...outcome, "cancelled"]);
    // A failure passes through every step around it: once is enough.
    const said = message === this.#lastFailure ? [] : [printable(message)];
    this.#lastFailure = message;
    return this.#row(event, "✗", "bad", kind, [duration(durationMs), ...outcome, ...said]);
  }

  #outcome(event: Of<"step.completed"> | Of<"step.failed">): readonly string[] {
    const { path, kind, attempts, usage } = event;
    this.#calls.delete(path);
    return [
      ...(event.type === "step.completed" ? taken(event) : []),
      ...(attempts > 1 ? [count(attempts, "attempt")] : []),
      ...(usage === undefined || (usage.totalTokens === 0 && kind !== "model") ? [] : [count(usage.totalTokens, "token")]),
    ];
  }

  #row({ path }: Pick<RunEvent, "path">, mark: string, tone: Tone, kind: string, [time = "", ...notes]: readonly string[]): Line {
    const below = nested.has(kind) || this.#calls.has(path) ? "  " : "";
    const columns = this.#layout.path - below.length;
    const shown = printable(path);
    const body: Tone = below !== "" || tone === "quiet" ? "quiet" : "plain";
    // Inside an agent only what went wrong is worth a colour.
    const markTone: Tone = below !== "" && tone === "good" ? "quiet" : tone;
    const row: Piece[] = [
      piece(markTone, `${below}${mark} `),
      piece(body, `${padEnd(this.#layout.cut ? cutStart(shown, columns) : shown, columns)}  `),
      piece("quiet", `${padEnd(kind, kindColumns)} `),
      piece(body, time.padStart(timeColumns)),
    ];
    for (const [index, note] of notes.entries()) row.push(piece("quiet", index === 0 ? "  " : " · "), piece(noteTone(tone), note));
    return row;
  }
}

function noteTone(tone: Tone): Tone {
  return tone === "good" ? "quiet" : tone;
}

/** The arms that a step chose, and a loop that gave up: both look like any other success. */
function taken({ kind, route, limitReached }: Of<"step.completed">): readonly string[] {
  if (limitReached === true) return ["limit reached, condition unmet"];
  if (route === undefined) return kind === "branch" ? ["→ none"] : [];
  return [`→ ${[route].flat().map(printable).join(", ") || "none"}`];
}

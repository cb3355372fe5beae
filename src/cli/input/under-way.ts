import type { RunEvent } from "../../types/event.ts";
import type { OpenWait } from "../../types/failure.ts";

/** Which steps of a run are under way, from its events. */
export class UnderWay {
  readonly #open = new Set<string>();

  note({ type, path }: RunEvent): void {
    if (type === "step.started" || type === "tool.started") this.#open.add(path);
    else if (type === "step.completed" || type === "step.failed" || type === "tool.completed" || type === "tool.failed")
      this.#open.delete(path);
  }

  /** Whether nothing goes on but these waits, and what holds them. */
  only(waits: readonly OpenWait[]): boolean {
    return [...this.#open].every((path) => waits.some((wait) => isWithin(wait.path, path)));
  }
}

/** Inside a step come its parts, turns and items. */
function isWithin(path: string, outer: string): boolean {
  return path.startsWith(outer) && (path.length === outer.length || "/#[".includes(path.charAt(outer.length)));
}

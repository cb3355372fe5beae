import type { WaitState } from "../../execute/port/port.ts";
import { isStep, type Wait } from "../../execute/schedule/waits.ts";
import type { Entry } from "../records/record.ts";

/** Which waits are open, and which of them the journal knows of: whoever answers from elsewhere finds them there. */
export class ToldWaits {
  readonly #open = new Map<string, Entry>();
  readonly #told = new Set<string>();

  /** What a record says was told before. */
  replay(entry: Entry): void {
    if (entry.type === "waiting") this.#told.add(entry.path);
    else if (entry.type === "waited") this.#told.delete(entry.path);
  }

  /** What is to be told of a change. An answer has a record of its own. */
  change(wait: Wait, now: WaitState): Entry | undefined {
    const { step, path, op } = wait;
    if (now === "open") {
      const entry: Entry = { type: "waiting", step, path, ...(!isStep(op) && { tool: true }) };
      this.#open.set(path, entry);
      return entry;
    }
    this.#open.delete(path);
    if (now === "answered") this.#told.delete(path);
    return now === "over" ? { type: "waited", path } : undefined;
  }

  /** What the last owner did not come to tell. */
  untold(): readonly Entry[] {
    return [
      ...[...this.#open].flatMap(([path, entry]) => (this.#told.has(path) ? [] : [entry])),
      ...[...this.#told].flatMap((path): Entry[] => (this.#open.has(path) ? [] : [{ type: "waited", path }])),
    ];
  }
}

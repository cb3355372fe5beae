import type { RunStatus } from "./journal.ts";

const over: ReadonlySet<RunStatus> = new Set<RunStatus>(["completed", "failed", "cancelled"]);

/** Nobody will look at a message to it. */
export function isOver(status: RunStatus): boolean {
  return over.has(status);
}

/** Whether a text can be a run's id. Half a character would be stored as another one. */
export function mayName(id: string): boolean {
  return id !== "" && id.isWellFormed();
}

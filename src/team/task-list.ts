import { err, ok, type Result } from "neverthrow";
import { reasonOf, type Settled } from "../agent/tools/callable.ts";
import { nearest } from "../plan/names.ts";
import type { TeamTask } from "../types/trace.ts";
import type { PlannedTask } from "./plan-schema.ts";

interface Entry extends PlannedTask {
  status: TeamTask["status"];
  path: string | undefined;
  /** The member's answer, or why there is none. */
  result: string;
}

/** The tasks of one run of a team, in the order in which they were planned. */
export class TaskList {
  readonly #members: readonly string[];
  readonly #entries = new Map<string, Entry>();

  constructor(members: readonly string[]) {
    this.#members = members;
  }

  /** Plans tasks, all or none of them. One that is not done may be planned anew, under its id. The error is for the leader. */
  add(planned: readonly PlannedTask[]): Result<void, string> {
    const trouble = this.#trouble(planned);
    if (trouble !== undefined) return err(`Nothing was planned. ${trouble}`);
    for (const task of planned) this.#entries.set(task.id, { ...task, status: "waiting", path: undefined, result: "" });
    return ok();
  }

  /** Hands out the tasks that can begin now, as begun. `pathOf` says where they run. */
  begin(pathOf: (id: string) => string): readonly PlannedTask[] {
    const ready = [...this.#entries.values()].filter(
      (entry) => entry.status === "waiting" && entry.dependsOn.every((id) => this.#isDone(id)),
    );
    for (const entry of ready) {
      entry.status = "running";
      entry.path = pathOf(entry.id);
    }
    return ready;
  }

  settle(id: string, outcome: Settled): PlannedTask {
    const entry = this.#entries.get(id) as Entry;
    entry.status = outcome.ok ? "completed" : "failed";
    entry.result = outcome.ok ? String(outcome.value) : reasonOf(outcome.error);
    return entry;
  }

  resultOf(id: string): string {
    return this.#entries.get(id)?.result ?? "";
  }

  /** The tasks that are not done. */
  get open(): readonly string[] {
    return [...this.#entries.values()].flatMap(({ id, status }) => (status === "completed" ? [] : [id]));
  }

  /** What the leader is told of these tasks. */
  report(ids: readonly string[]): string {
    return ids.map((id) => this.#line(this.#entries.get(id) as Entry)).join("\n\n");
  }

  get tasks(): readonly TeamTask[] {
    return [...this.#entries.values()].map(({ id, member, task, dependsOn, status, path }) =>
      Object.freeze({ id, member, task, dependsOn, status, ...(path === undefined ? {} : { path }) }),
    );
  }

  #line({ id, status, result, dependsOn }: Entry): string {
    if (status === "completed") return `[${id}] done: ${result}`;
    if (status === "failed") return `[${id}] failed: ${result}`;
    return `[${id}] waits for ${dependsOn.filter((other) => !this.#isDone(other)).join(", ")}`;
  }

  #isDone(id: string): boolean {
    return this.#entries.get(id)?.status === "completed";
  }

  #trouble(planned: readonly PlannedTask[]): string | undefined {
    const fresh = new Map<string, PlannedTask>();
    for (const task of planned) {
      const { id, member } = task;
      if (fresh.has(id)) return `Two tasks are called ${id}: give each an id of its own.`;
      if (this.#isDone(id)) return `Task ${id} is done already: give a new one another id.`;
      if (!this.#members.includes(member)) return `There is no member called ${JSON.stringify(member)}${hint(member, this.#members)}`;
      fresh.set(id, task);
    }
    for (const { id, dependsOn } of planned) {
      for (const before of dependsOn) {
        const known = this.#entries.get(before);
        if (!fresh.has(before) && known === undefined)
          return `Task ${id} depends on ${JSON.stringify(before)}, and there is no such task${hint(before, [...this.#entries.keys(), ...fresh.keys()])}`;
        if (!fresh.has(before) && known?.status === "failed")
          return `Task ${id} depends on ${before}, which has failed: plan ${before} again as well, or do without it.`;
      }
    }
    const cycle = this.#cycle(fresh);
    return cycle === undefined ? undefined : `These tasks wait for each other: ${cycle.join(" → ")}. Plan them without a cycle.`;
  }

  /** Ids that lead back to the first of them; undefined where every task can be reached in some order. */
  #cycle(fresh: ReadonlyMap<string, PlannedTask>): readonly string[] | undefined {
    const ended = new Set<string>();
    for (const start of fresh.keys()) {
      const way: { readonly id: string; next: number }[] = [{ id: start, next: 0 }];
      for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
        const before = (fresh.get(at.id) ?? this.#entries.get(at.id))?.dependsOn[at.next++];
        if (before === undefined) {
          ended.add(at.id);
          way.pop();
          continue;
        }
        const again = way.findIndex(({ id }) => id === before);
        if (again !== -1) return [...way.slice(again).map(({ id }) => id), before];
        if (!ended.has(before)) way.push({ id: before, next: 0 });
      }
    }
    return undefined;
  }
}

function hint(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `${near === undefined ? "." : `; did you mean ${near}?`} There are: ${known.join(", ") || "none"}.`;
}

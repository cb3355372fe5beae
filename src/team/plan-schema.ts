import type { JsonSchema } from "../model/model.ts";
import { fields, list, text } from "../model/read.ts";
import { show } from "../plan/show.ts";
import type { Issue, Schema } from "../types/schema.ts";

/** A task as the leader writes it. */
export interface PlannedTask {
  readonly id: string;
  readonly member: string;
  readonly task: string;
  readonly dependsOn: readonly string[];
}

export function planJsonSchema(members: readonly string[]): JsonSchema {
  return Object.freeze({
    type: "object",
    properties: {
      tasks: {
        type: "array",
        items: {
          type: "object",
          properties: {
            id: { type: "string", description: "A short name of the task: letters, digits, _, - and dots." },
            member: { type: "string", enum: members, description: "Who does it." },
            task: { type: "string", description: "What to do, with everything the member has to know for it." },
            depends_on: {
              type: "array",
              items: { type: "string" },
              description: "Ids of the tasks that must be done before, whose results the member is given.",
            },
          },
          required: ["id", "member", "task", "depends_on"],
          additionalProperties: false,
        },
      },
    },
    required: ["tasks"],
    additionalProperties: false,
  });
}

/** What is right about a list of tasks by itself; whether it fits what was planned before is the task list's to say. */
export const planSchema: Schema<unknown, readonly PlannedTask[]> = {
  "~standard": {
    version: 1,
    vendor: "heddle",
    validate: (value) => {
      const tasks = fields(value)?.["tasks"];
      if (!Array.isArray(tasks) || tasks.length === 0)
        return { issues: [{ message: `Expected at least one task, got ${show(tasks)}`, path: ["tasks"] }] };
      const issues: Issue[] = [];
      const planned = tasks.map((one, index) => readTask(one, index, issues));
      return issues.length > 0 ? { issues } : { value: planned };
    },
  },
};

function readTask(given: unknown, index: number, issues: Issue[]): PlannedTask {
  const task = fields(given) ?? {};
  const read = (key: string, what: string, fits: (found: string) => boolean): string => {
    const found = text(task[key]) ?? "";
    if (!fits(found)) issues.push({ message: `Expected ${what}, got ${show(task[key])}`, path: ["tasks", index, key] });
    return found;
  };
  const before = task["depends_on"] ?? [];
  if (!Array.isArray(before) || before.some((id) => typeof id !== "string"))
    issues.push({ message: `Expected a list of ids, got ${show(before)}`, path: ["tasks", index, "depends_on"] });
  return {
    id: read("id", "1 to 64 letters, digits, _, - and dots", (id) => /^[\w.-]{1,64}$/.test(id)),
    member: read("member", "the name of a member", (name) => name !== ""),
    task: read("task", "text that says what to do", (what) => what.trim() !== ""),
    dependsOn: list(before).map(String),
  };
}

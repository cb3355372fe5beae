import type { JsonSchema } from "../model/model.ts";
import { fields, text } from "../model/read.ts";
import { show } from "../plan/show.ts";
import type { Schema } from "../types/schema.ts";

/** What a member is given by a leader. */
export interface Task {
  readonly task: string;
}

export const taskJsonSchema: JsonSchema = Object.freeze({
  type: "object",
  properties: { task: { type: "string", description: "What to do, with everything the member has to know for it." } },
  required: ["task"],
  additionalProperties: false,
});

/** By hand, so that teams need no schema library. */
export const taskSchema: Schema<unknown, Task> = {
  "~standard": {
    version: 1,
    vendor: "heddle",
    validate: (value) => {
      const task = text(fields(value)?.["task"]);
      return task === undefined || task.trim() === ""
        ? { issues: [{ message: `Expected text that says what to do, got ${show(fields(value)?.["task"])}`, path: ["task"] }] }
        : { value: { task } };
    },
  },
};

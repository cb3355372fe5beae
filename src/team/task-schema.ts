import { ok, type Result } from "neverthrow";
import { readJson } from "../agent/json-text.ts";
import { checkArguments } from "../agent/tools/tool.ts";
import { refused, type ToolTrouble } from "../agent/tools/trouble.ts";
import type { JsonSchema, ToolCall } from "../model/model.ts";
import { fields, text } from "../model/read.ts";
import { show } from "../plan/show.ts";
import type { Schema } from "../types/schema.ts";

/** What a leader writes when it gives a member something to do. */
export const taskJsonSchema: JsonSchema = /* @__PURE__ */ Object.freeze({
  type: "object",
  properties: { task: { type: "string", description: "What to do, with everything the member has to know for it." } },
  required: ["task"],
  additionalProperties: false,
});

/** By hand, so that teams need no schema library. */
const taskSchema: Schema<unknown, string> = {
  "~standard": {
    version: 1,
    vendor: "heddle",
    validate: (value) => {
      const task = text(fields(value)?.["task"]);
      return task === undefined || task.trim() === ""
        ? { issues: [{ message: `Expected text that says what to do, got ${show(fields(value)?.["task"])}`, path: ["task"] }] }
        : { value: task };
    },
  },
};

/** The task of a call, or what the leader is told. */
export async function readTask(member: string, call: ToolCall): Promise<Result<string, ToolTrouble>> {
  const read = await checkArguments({ name: member, input: taskSchema, wrapped: false }, call.arguments);
  return read.isErr() ? refused(read.error) : ok(String(read.value));
}

/** The task of a call that was carried out. */
export function taskOf(call: ToolCall): string {
  return text(fields(readJson(call.arguments).unwrapOr(undefined))?.["task"]) ?? "";
}

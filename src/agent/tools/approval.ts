import type { ToolSpec } from "../../model/model.ts";
import { fields } from "../../model/read.ts";
import { cut } from "../../plan/cut.ts";
import { frozenCopy } from "../../plan/frozen.ts";
import { nearest } from "../../plan/names.ts";
import { show } from "../../plan/show.ts";
import type { Approval, ApprovalRequest } from "../../types/approval.ts";
import type { Issue, Schema } from "../../types/schema.ts";
import { toJson } from "../plain.ts";

/** What whoever approves is shown. The arguments are a copy: nothing done to it reaches those that the tool runs with. */
export function requestOf({ name, description }: ToolSpec, args: unknown): ApprovalRequest {
  return Object.freeze({ tool: name, description, arguments: copyOf(args) });
}

function copyOf(args: unknown): unknown {
  try {
    return frozenCopy(structuredClone(args));
  } catch {
    // What a schema has made of them may hold functions, or nest too deep.
    return JSON.parse(toJson(args, 0)) as unknown;
  }
}

/** What the model is told of a call that was denied. */
export function denialText(name: string, { reason }: Approval): string {
  const why = reason === undefined || reason.trim() === "" ? "" : `: ${cut(reason.toWellFormed(), 1_000)}`;
  return `Tool ${JSON.stringify(name)} was not approved, and has not run${why}`;
}

const known = ["approved", "reason"];

/** Strict about keys: who sends changed arguments along must learn that they would not be used. */
export const approvalSchema: Schema<Approval> = /* @__PURE__ */ Object.freeze({
  "~standard": /* @__PURE__ */ Object.freeze({
    version: 1,
    vendor: "heddle",
    validate: (given: unknown) => {
      const found = fields(given);
      if (found === undefined) return { issues: [{ message: `Expected { approved: true } or { approved: false }, got ${show(given)}` }] };
      const issues: Issue[] = Object.keys(found)
        .filter((key) => !known.includes(key))
        .map((key) => ({ path: [key], message: unknownKey(key) }));
      const { approved, reason } = found;
      if (typeof approved !== "boolean") issues.push({ path: ["approved"], message: `Expected true or false, got ${show(approved)}` });
      if (reason !== undefined && typeof reason !== "string")
        issues.push({ path: ["reason"], message: `Expected text, got ${show(reason)}` });
      return issues.length > 0 ? { issues } : { value: { approved: approved === true, ...(typeof reason === "string" && { reason }) } };
    },
  }),
} as const);

function unknownKey(key: string): string {
  if (key === "arguments") return "Expected no arguments: exactly those that were shown run";
  const near = nearest(key, known);
  return `Expected no such key${near === undefined ? "" : `: did you mean ${JSON.stringify(near)}?`}`;
}

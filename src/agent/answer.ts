import { err, ok, type Result } from "neverthrow";
import { fields, list } from "../model/read.ts";
import { cut } from "../plan/cut.ts";
import { messageOf, show } from "../plan/show.ts";
import type { Issue, ParsedBy, Schema } from "../types/schema.ts";
import { findJson } from "./json-text.ts";
import type { ModelSchema } from "./schema.ts";
import { unwrap } from "./schema.ts";

/** Why a reply is not the answer that was asked for. */
export interface RejectedAnswer {
  readonly issues: readonly Issue[];
  /** What the model wrote, cut to 2,000 characters. */
  readonly raw: string;
}

const mostRaw = 2_000;

/** From the text of a reply to the value that its schema makes of it. Never rejects. */
export async function readAnswer<S extends Schema>(
  text: string,
  schema: S,
  shape: Pick<ModelSchema, "wrapped">,
): Promise<Result<ParsedBy<S>, RejectedAnswer>> {
  const reject = (issues: readonly Issue[]): RejectedAnswer => ({ issues, raw: cut(text, mostRaw) });
  const found = findJson(text);
  if (found.isErr()) return err(reject([{ message: found.error }]));
  return (await validate(schema, unwrap(found.value, shape))).mapErr(reject);
}

/** Puts a value through a Standard Schema. A validator that throws, or answers with neither value nor issues, is an issue too. */
export async function validate<S extends Schema>(schema: S, value: unknown): Promise<Result<ParsedBy<S>, readonly Issue[]>> {
  try {
    const result: unknown = await schema["~standard"].validate(value);
    // An object of any kind: arktype's failure is a list that has `issues`.
    const { issues, value: parsed } =
      typeof result === "object" && result !== null ? (result as { issues?: unknown; value?: unknown }) : { issues: null };
    if (issues === undefined) return ok(parsed as ParsedBy<S>);
    return err(
      Array.isArray(issues) && issues.length > 0 ? issues : [{ message: "Expected the validator to give a value or issues, got neither" }],
    );
  } catch (thrown) {
    return err([{ message: `Expected the validator to answer, got an error: ${messageOf(thrown)}` }]);
  }
}

/** Issues as text, one a line, for the model or for a message: `at tags[0]: Expected string`. At most 20. */
export function issueText(issues: readonly Issue[]): string {
  const lines = issues.slice(0, 20).map(issueLine);
  return issues.length > 20 ? [...lines, `and ${issues.length - 20} more`].join("\n") : lines.join("\n");
}

/** Issues come from foreign code: their shape is not relied on. */
function issueLine(issue: Issue): string {
  const { message, path } = fields(issue) ?? {};
  const keys = list(path).map((segment) => fields(segment)?.["key"] ?? segment);
  const place = keys.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`)).join("");
  return cut(`${place === "" ? "" : `at ${place}: `}${typeof message === "string" ? message : show(message)}`, 500);
}

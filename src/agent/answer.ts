import { err, ok, type Result } from "neverthrow";
import { check } from "../execute/program/validate.ts";
import { redact } from "../model/redact.ts";
import { knownSecrets } from "../model/secrets.ts";
import { cut } from "../plan/cut.ts";
import type { Issue, ParsedBy, Schema } from "../types/schema.ts";
import { findJson } from "./json-text.ts";
import type { ModelSchema } from "./schema/schema.ts";
import { unwrap } from "./schema/schema.ts";

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
  const { value, issues } = await check(schema, unwrap(found.value, shape));
  return issues === undefined ? ok(value as ParsedBy<S>) : err(reject(issues.map(redacted)));
}

/** A validator that threw is quoted as an issue, and may have called something with a key. */
function redacted(issue: Issue): Issue {
  const message = redact(issue.message, knownSecrets());
  return message === issue.message ? issue : { ...issue, message };
}

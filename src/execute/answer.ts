import { err, ok, type Result } from "neverthrow";
import { issueText } from "../plan/issue-text.ts";
import type { Definition } from "../plan/node.ts";
import { walk } from "../plan/walk.ts";
import type { AnswerRefused } from "../types/failure.ts";
import type { Issue, Schema } from "../types/schema.ts";
import type { Scheduler } from "./schedule.ts";
import { check } from "./validate.ts";

/** Answers a wait of a run that goes on. Never rejects. */
export async function answer(
  run: Scheduler,
  definition: Definition,
  step: string,
  given: unknown,
  path: string | undefined,
): Promise<Result<void, AnswerRefused>> {
  const named = JSON.stringify(step);
  const schema = run.waits.find(step, path)?.op.schema ?? schemasOf(definition).get(step);
  if (schema === undefined) return refused("no_such_wait", `Expected the id of a step that waits for an answer, got ${named}`);
  const { issues, value } = await check(schema, given);
  if (issues !== undefined)
    return refused(
      "invalid",
      `Expected the answer to step ${named} to fit its schema: ${issueText(issues, "; ", 3)}; it still waits`,
      issues,
    );
  switch (run.answer(step, path, value)) {
    case "taken":
      return ok();
    case "answered":
      return refused("answered", `Expected the first answer to step ${named}, got another: the first one counts`);
    case "no_such_wait":
      return refused("no_such_wait", `Expected the path of a wait that is open, got ${JSON.stringify(path)} for step ${named}`);
    case "over":
      return refused("over", `Expected a run that goes on, got an answer to step ${named} of one that is over`);
  }
}

function refused(reason: AnswerRefused["reason"], message: string, issues: readonly Issue[] = []): Result<void, AnswerRefused> {
  return err({ type: "answer_refused", reason, message, issues });
}

const known = new WeakMap<Definition, ReadonlyMap<string, Schema>>();

/** What answers must fit, by the id of the step that waits; those of sub-workflows too. */
function schemasOf(definition: Definition): ReadonlyMap<string, Schema> {
  const found = known.get(definition);
  if (found !== undefined) return found;
  const schemas = new Map<string, Schema>();
  walk(definition.root, {
    enter: (node) => {
      if (node.kind === "wait" && !schemas.has(node.id)) schemas.set(node.id, node.schema);
    },
    part: () => {},
    leavePart: () => {},
    leave: () => {},
  });
  known.set(definition, schemas);
  return schemas;
}

import { err, ok, type Result } from "neverthrow";
import { check } from "../execute/program/validate.ts";
import { finishCall } from "../execute/schedule/calls.ts";
import type { Scheduler } from "../execute/schedule/schedule.ts";
import type { Wait } from "../execute/schedule/waits.ts";
import { issueText } from "../plan/issue-text.ts";
import { nearest } from "../plan/names.ts";
import type { Definition } from "../plan/node.ts";
import { walk } from "../plan/walk.ts";
import type { AnswerRefused } from "../types/failure.ts";
import type { Issue, Schema } from "../types/schema.ts";

/** An answer that fits, and which wait it is for. */
export interface Answer {
  readonly step: string;
  readonly path: string | undefined;
  readonly value: unknown;
}

/** What became of an answer. */
export type Taken = "taken" | "answered" | "no_such_wait" | "over";

/** Where an answer goes before the run takes it, as into a journal. */
export type Through = (answer: Answer, take: () => Taken) => Taken | Promise<Taken>;

const directly: Through = (_, take) => take();

/**
 * Answers a wait of a run that goes on. Never rejects. What is answered is decided before the answer is checked, which may
 * take a while: a second click must not reach the wait that comes after. `wait` is the one that was open when it was given.
 */
export async function answer(
  run: Scheduler,
  definition: Definition,
  wait: Wait | undefined,
  step: string,
  given: unknown,
  path: string | undefined,
  through: Through = directly,
): Promise<Result<void, AnswerRefused>> {
  if (run.ending) return refused(step, path, "over");
  const schema = wait === undefined ? schemasOf(definition).get(step) : wait.op.schema;
  // A tool's wait has no schema of its own once it is over.
  if (schema === undefined) return refused(step, path, run.waits.fate(step, path) ?? "no_such_wait");
  if (schema === "several") return refused(step, path, "no_such_wait", several);
  const { issues, value } = await check(schema, given);
  if (issues !== undefined) return refused(step, path, "invalid", undefined, issues);
  const taken = await through({ step, path: wait?.path ?? path, value }, () =>
    wait === undefined ? takeEarly(run, step, path, schema, value) : take(run, wait, value),
  );
  return taken === "taken" ? ok() : refused(step, path, taken);
}

const several = "several steps of this id take different answers: wait for it, and answer through the run's handle";

/** Gives a run an answer that has been checked and written down before. */
export function give(run: Scheduler, definition: Definition, { step, path, value }: Answer): Taken {
  const wait = run.waits.find(step, path);
  if (wait !== undefined) return take(run, wait, value);
  const schema = schemasOf(definition).get(step);
  return schema === undefined || schema === "several" ? "no_such_wait" : takeEarly(run, step, path, schema, value);
}

/** Answers a wait that was open when the answer was given. */
function take(run: Scheduler, wait: Wait, given: unknown): Taken {
  if (run.ending) return "over";
  if (!run.waits.holds(wait)) return run.waits.fate(wait.step, wait.path) as Taken;
  run.hear(() => goOn(run, wait, given));
  return "taken";
}

/** The fiber goes on with an answer that fits. */
function goOn(run: Scheduler, wait: Wait, given: unknown): void {
  const { fiber } = wait;
  run.waits.answer(wait);
  fiber.stopTimer?.();
  fiber.stopTimer = undefined;
  finishCall(run, fiber, "completed", undefined);
  fiber.inbox = given;
  run.wake(fiber);
}

/** Keeps an answer for a wait that has not begun, or had not when it was given. */
function takeEarly(run: Scheduler, step: string, path: string | undefined, schema: Schema, given: unknown): Taken {
  if (run.ending) return "over";
  const fate = run.waits.fate(step, path);
  if (path === undefined && fate === "answered") return fate;
  const wait = run.waits.find(step, path);
  // Not a tool's of the same name.
  if (wait?.op.schema === schema) return take(run, wait, given);
  if (fate !== undefined) return fate;
  if (path !== undefined) return "no_such_wait";
  run.waits.keep(step, given);
  return "taken";
}

/** An answer to a wait of a run that is not here, as its schema (the step's own unless told) hands it back. */
export async function checkedAnswer(
  definition: Definition,
  step: string,
  given: unknown,
  path: string | undefined,
  asked?: Schema,
): Promise<Result<unknown, AnswerRefused>> {
  const schema = asked ?? schemasOf(definition).get(step);
  if (schema === undefined) {
    const near = nearest(step, [...schemasOf(definition).keys()]);
    return refused(step, path, "no_such_wait", near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`);
  }
  if (schema === "several") return refused(step, path, "no_such_wait", several);
  const { issues, value } = await check(schema, given);
  return issues === undefined ? ok(value) : refused(step, path, "invalid", undefined, issues);
}

export function refused(
  step: string,
  path: string | undefined,
  reason: Reason,
  why?: string,
  issues: readonly Issue[] = [],
): Result<never, AnswerRefused> {
  const message = messages[reason](JSON.stringify(step), path, issues);
  return err({ type: "answer_refused", reason, message: why === undefined ? message : `${message}: ${why}`, issues });
}

/** Those that no journal has a part in. */
type Reason = Exclude<AnswerRefused["reason"], "no_such_run" | "journal_failed">;

const messages: Readonly<Record<Reason, (step: string, path: string | undefined, issues: readonly Issue[]) => string>> = {
  invalid: (step, _, issues) => `Expected the answer to step ${step} to fit its schema: ${issueText(issues, "; ", 3)}; it still waits`,
  answered: (step) => `Expected the first answer to step ${step}, got another: the first one counts`,
  no_such_wait: (step, path) =>
    path === undefined
      ? `Expected the id of a step that waits for an answer, got ${step}`
      : `Expected the path of a wait that is open, got ${JSON.stringify(path)} for step ${step}`,
  over: (step) => `Expected a run and a wait that go on, got an answer to step ${step} when one of them was over`,
};

type Schemas = ReadonlyMap<string, Schema | "several">;
const known = new WeakMap<Definition, Schemas>();

/** What answers must fit, by the id of the step that waits; those of sub-workflows too, and "several" where those of one id differ. */
function schemasOf(definition: Definition): Schemas {
  const found = known.get(definition);
  if (found !== undefined) return found;
  const schemas = new Map<string, Schema | "several">();
  walk(definition.root, {
    enter: (node) => {
      if (node.kind !== "wait") return;
      const { id, schema } = node;
      schemas.set(id, schemas.has(id) && schemas.get(id) !== schema ? "several" : schema);
    },
    part: () => {},
    leavePart: () => {},
    leave: () => {},
  });
  known.set(definition, schemas);
  return schemas;
}

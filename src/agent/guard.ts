import { Failed } from "../execute/outcome/failure.ts";
import { isResult } from "../execute/outcome/result.ts";
import type { Host, Routine } from "../execute/routine/routine.ts";
import { CALL, Op } from "../execute/values/op.ts";
import { BuildError } from "../plan/build-error.ts";
import type { PromptInput } from "../types/executable.ts";
import type { GuardContext } from "../types/guard.ts";
import { decideLeaf } from "./leaves.ts";
import { readInput, render } from "./prompt.ts";

/** A guardrail as it is called: what it gives is a value, a `Result` or a promise of either. */
export type Guard = (value: unknown, context: GuardContext) => unknown;

/** What looks at the prompt of an agent or a team, and at its answer. */
export interface Guards {
  readonly before: Guard | undefined;
  readonly after: Guard | undefined;
}

/** The hooks that an agent or a team (`owner`, for messages) was given, checked. */
export function readGuards(given: { readonly before?: unknown; readonly after?: unknown }, owner: string): Guards {
  const read = (hook: "before" | "after"): Guard | undefined => {
    const guard = given[hook];
    if (guard === undefined || typeof guard === "function") return guard as Guard | undefined;
    throw new BuildError(`${JSON.stringify(hook)} of ${owner} to be a function`, guard);
  };
  return { before: read("before"), after: read("after") };
}

/** From a step's input to its answer: the prompt passes `before`, and what `answer` makes of it passes `after`. */
export function guarded({ before, after }: Guards, answer: (host: Host, prompt: PromptInput) => Generator<Op, unknown, unknown>): Routine {
  return function* (host, input) {
    let prompt = yield decideLeaf(host, 'the "input"', () => promptOf(host, input));
    if (before !== undefined && !Failed.is(prompt)) prompt = yield guardLeaf(host, "before", before, prompt, checkedPrompt);
    if (Failed.is(prompt)) return prompt;
    const answered = yield* answer(host, prompt as PromptInput);
    return after === undefined || Failed.is(answered) ? answered : yield guardLeaf(host, "after", after, answered);
  };
}

/** Lets a hook look at a value before the step goes on with it: a leaf of its own, with its record. */
function guardLeaf(
  host: Host,
  name: "before" | "after",
  guard: Guard,
  value: unknown,
  check: (passed: unknown) => unknown = (passed) => passed,
): Op {
  const leaf = new Op(CALL, "guard", host.id, name, { timeout: host.limits.timeout, retry: undefined });
  leaf.role = `"${name}"`;
  leaf.run = async ({ signal, state, idempotencyKey, runId, path }) => {
    const given = await guard(value, { signal, state, idempotencyKey, runId, path });
    if (!isResult(given)) return check(given);
    // A rejection is the step's outcome, typed as steps' errors are.
    return given.isErr() ? given : check(given.value);
  };
  return leaf;
}

/** What the step was given as a prompt: what its `input` built, or what came last as text. */
function promptOf(host: Host, input: unknown): unknown {
  return host.built ? checkedPrompt(input) : render(input, { sections: host.isSectioned(input) });
}

function checkedPrompt(given: unknown): unknown {
  return readInput(given).match(
    (prompt) => prompt,
    (trouble) => {
      throw new TypeError(trouble);
    },
  );
}

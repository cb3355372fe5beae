import { BuildError, Shown } from "../plan/build-error.ts";
import { frozenCopy } from "../plan/frozen.ts";
import { checkOptions } from "../plan/limits.ts";
import type { Definition, Merge, StateDefinition } from "../plan/node.ts";
import type { Schema } from "../types/schema.ts";
import { nothingTaken, type Steps } from "./name-table.ts";

/** What a workflow declares before its first step. */
export interface Head {
  readonly name: string;
  readonly input: Schema | undefined;
  readonly typed: boolean;
  readonly output: Schema | undefined;
  readonly state: StateDefinition | undefined;
  readonly build: (definition: Definition) => object;
}

/** The initial state of `.state()`, with what joins the writes of concurrent arms. */
export function readState(initial: unknown, options: unknown): StateDefinition {
  if (typeof initial !== "object" || initial === null || Array.isArray(initial))
    throw new BuildError("the initial state to be an object", initial);
  const { merge } = checkOptions(options, ["merge"], undefined, "the options of .state()");
  if (merge !== undefined && (typeof merge !== "object" || merge === null))
    throw new BuildError('"merge" to be an object of functions', merge);
  const functions = Object.entries(merge ?? {}).map(([key, value]) => {
    if (!Object.hasOwn(initial, key)) throw new BuildError("the keys of merge to be among those of the state", key);
    if (typeof value !== "function") throw new BuildError(`the merge of state key ${JSON.stringify(key)} to be a function`, value);
    return [key, value as Merge] as const;
  });
  return Object.freeze({ initial: frozenCopy(initial) as object, merge: new Map(functions) });
}

/** Refuses on an inner chain what only a whole workflow has. */
export function checkWhole(what: string, workflow: string, steps: Steps): void {
  if (steps.outer !== nothingTaken)
    throw new BuildError(`.${what}() to be called on a workflow`, new Shown(`a call on an inner chain of ${JSON.stringify(workflow)}`));
}

/** Refuses what is declared once, and before the first step. */
export function checkHead(what: string, workflow: string, steps: Steps, again: boolean): void {
  checkWhole(what, workflow, steps);
  const problem = steps.length > 0 ? "before the first step" : again ? "once" : undefined;
  if (problem !== undefined)
    throw new BuildError(
      `.${what}() of workflow ${JSON.stringify(workflow)} to be called ${problem}`,
      new Shown(again ? "a second call" : `a call after ${steps.length} steps`),
    );
}

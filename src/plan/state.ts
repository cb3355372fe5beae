import { BuildError } from "./build-error.ts";
import { frozenCopy } from "./frozen.ts";
import { didYouMean } from "./names.ts";
import type { Definition } from "./node.ts";

/** What replaces keys of a workflow's initial state, for one run of it: checked, and copied. */
export function checkState(state: unknown, { name, state: declared }: Definition, step?: string): object {
  const workflow = `workflow ${JSON.stringify(name)}`;
  if (declared === undefined)
    throw new BuildError(`no "state" for ${workflow}`, state, {
      step,
      advice: "it declares none; call .state(initial) before its first step",
    });
  if (typeof state !== "object" || state === null || Array.isArray(state))
    throw new BuildError(`the "state" of ${workflow} to be an object`, state, { step });
  for (const key of Object.keys(state)) {
    if (Object.hasOwn(declared.initial, key)) continue;
    throw new BuildError(`the "state" of ${workflow} to have keys that .state(initial) declares`, key, {
      step,
      ...didYouMean(key, Object.keys(declared.initial)),
    });
  }
  return frozenCopy(state) as object;
}

import { makeExecutable } from "../plan/executable.ts";
import { checkOptions, readLimits } from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { StepFunction } from "../types/constructors.ts";
import { readFunction } from "./arms.ts";

// Loose for the same reason as `workflow`: what the types say is checked by the compiler, what they cannot say here.
export const step = ((id: unknown, run: unknown, options?: unknown) => {
  const name = checkName(id);
  const given = checkOptions(options, ["timeout", "retries"], name);
  return makeExecutable(
    { id: name },
    { kind: "step", id: name, run: readFunction(run, "the function", name) as never, limits: readLimits(given, name) },
  );
}) as unknown as StepFunction;

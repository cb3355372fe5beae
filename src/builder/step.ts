import { makeExecutable } from "../plan/executable.ts";
import { limitsIn } from "../plan/limits.ts";
import { checkName } from "../plan/names.ts";
import type { StepFunction } from "../types/constructors.ts";
import { readFunction } from "./call.ts";

// Loose for the same reason as `workflow`: what the types say is checked by the compiler, what they cannot say here.
export const step = ((id: unknown, run: unknown, options?: unknown) => {
  const name = checkName(id);
  const limits = limitsIn(options, name);
  return makeExecutable({ id: name }, { kind: "step", id: name, run: readFunction(run, "the function", name) as never, limits });
}) as unknown as StepFunction;

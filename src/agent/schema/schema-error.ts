import { BuildError, Shown } from "../../plan/build-error.ts";

/** A schema that a model cannot be given. The message says what is in the way, where, and what to do. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
  readonly expected: string;
  readonly got: string;
  readonly advice: string | undefined;

  constructor(expected: string, got: string, advice?: string) {
    super(`Expected ${expected}, got ${got}${advice === undefined ? "" : `: ${advice}`}`);
    this.expected = expected;
    this.got = got;
    this.advice = advice;
  }
}

/** The mistake of whoever gave the schema; anything else that was thrown goes on as it is. */
export function schemaMistake(thrown: unknown): unknown {
  if (!(thrown instanceof SchemaError)) return thrown;
  const { expected, got, advice } = thrown;
  return new BuildError(expected, new Shown(got), advice === undefined ? {} : { advice });
}

import { exitCodes } from "./exit-codes.ts";

/** What the command says instead of going on, in one message for people, and the code that it exits with. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, { exitCode = exitCodes.failure, cause }: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** What was typed is wrong, as opposed to what it names. */
export function usageError(message: string): CommandError {
  return new CommandError(message, { exitCode: exitCodes.usage });
}

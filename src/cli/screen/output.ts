import { CommandError } from "../process/command-error.ts";
import { write } from "../process/write.ts";
import { jsonText } from "../text/json-text.ts";
import { terminalText } from "../text/printable.ts";
import { describe } from "../text/thrown.ts";

/** A run's output as text that ends its last line: text as it is, anything else as JSON, nothing for `undefined`. */
export function outputText(output: unknown, isTerminal: boolean): string {
  if (output === undefined) return "";
  const text = typeof output === "string" ? output : jsonText(output, 2);
  const shown = isTerminal ? terminalText(text) : text;
  return shown.endsWith("\n") ? shown : `${shown}\n`;
}

/** Writes the output to its end. That nobody reads any more is fine; a full disk is not. */
export async function writeOutput(stdout: NodeJS.WriteStream, output: unknown): Promise<void> {
  const text = outputText(output, stdout.isTTY);
  if (text === "") return;
  try {
    await write(stdout, text);
  } catch (thrown) {
    throw new CommandError(`Expected the output to be written, got ${describe(thrown)}`, { cause: thrown });
  }
}

import { Console } from "node:console";
import process from "node:process";

/** What the user's steps log goes to standard error, so that standard output holds the run's output alone. */
export function consoleToStderr(): void {
  globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr });
}

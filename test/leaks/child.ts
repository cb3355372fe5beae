import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Exited {
  /** What the child told, each time as JSON on a line of its own. */
  readonly told: readonly unknown[];
  /** When it was gone, in ms since 1970. */
  readonly at: number;
}

/** Ms after which a process that is still there is ended. */
const patience = 60_000;

/**
 * Runs a script of `children` in a process of its own, with `gc()`. Fails where it does not exit with 0 or writes to
 * standard error: a warning there is a leak that Node has found.
 */
export function runChild(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Exited> {
  const file = fileURLToPath(new URL(`children/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", file, ...args], {
    env: { ...process.env, ...env },
    timeout: patience,
    killSignal: "SIGKILL",
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let at = 0;
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("exit", () => {
      at = now();
    });
    child.once("close", (code, signal) => {
      if (code !== 0 || stderr !== "")
        reject(new Error(`Expected ${name} ${args.join(" ")} to exit with 0 and no word, got ${code ?? signal}: ${stderr}`));
      else
        resolve({
          told: stdout
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line)),
          at,
        });
    });
  });
}

/** Ms since 1970, the same in every process of a machine, with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

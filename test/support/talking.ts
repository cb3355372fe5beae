import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A process that says what it does in lines of JSON. */
export interface Talking extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly said: readonly Record<string, unknown>[];
  /** Waits for a line with this in it, and gives what is said of it. */
  says(key: string): Promise<unknown>;
  /** Sends a signal, and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export function talking(program: URL, args: readonly string[]): Talking {
  const started = spawn(process.execPath, [program.pathname, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const said: Record<string, unknown>[] = [];
  const lines = createInterface({ input: started.stdout });
  lines.on("line", (line) => said.push(JSON.parse(line)));
  const closed = once(lines, "close");
  const ended = Promise.all([once(started, "exit"), closed]).then(([[code, signal]]) => ({ code, signal }));
  const says = async (key: string): Promise<unknown> => {
    for (;;) {
      const found = said.find((line) => key in line);
      if (found !== undefined) return found[key];
      const more = await Promise.race([once(lines, "line").then(() => true), closed.then(() => false)]);
      if (!more && !said.some((line) => key in line))
        throw new Error(`Expected the process to say ${JSON.stringify(key)}, got ${JSON.stringify(said)}`);
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    started.kill(signal);
    await ended;
  };
  return { process: started, said, says, end, ended, [Symbol.asyncDispose]: () => end("SIGKILL") };
}

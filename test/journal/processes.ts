import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("child.ts", import.meta.url));

/** A process that owns, writes or claims; see child.ts. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  /** All that it has said so far. */
  readonly said: readonly Record<string, unknown>[];
  /** Waits for a line that has this in it. */
  says(key: string): Promise<unknown>;
  kill(): Promise<void>;
}

export function child(args: readonly string[], shell?: string, other = program): Child {
  const all = [other, ...args];
  const started =
    shell === undefined
      ? spawn(process.execPath, all, { stdio: ["pipe", "pipe", "inherit"] })
      : spawn("sh", ["-c", `${shell}; exec "$0" "$@"`, process.execPath, ...all], { stdio: ["pipe", "pipe", "inherit"] });
  const said: Record<string, unknown>[] = [];
  const exited = once(started, "exit");
  const waiting = new Set<() => void>();
  const lines = createInterface({ input: started.stdout as NodeJS.ReadableStream });
  lines.on("line", (line) => {
    said.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const ended = once(lines, "close");
  return {
    process: started,
    said,
    says: (key) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = said.find((line) => key in line);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found[key]);
        };
        waiting.add(look);
        look();
        ended.then(() => reject(new Error(`Expected the process to say ${JSON.stringify(key)}, got ${JSON.stringify(said)}`)));
      }),
    kill: async () => {
      started.kill("SIGKILL");
      await Promise.all([exited, ended]);
    },
    [Symbol.asyncDispose]: async () => {
      if (started.exitCode === null && started.signalCode === null) started.kill("SIGKILL");
      await Promise.all([exited, ended]);
    },
  };
}

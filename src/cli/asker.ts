import { createInterface, type Interface } from "node:readline/promises";
import type { Readable } from "node:stream";
import type { OpenWait } from "../types/failure.ts";
import { answersIn } from "./answers.ts";
import { type Line, piece } from "./line.ts";
import type { Started } from "./runnable.ts";
import { waitLines } from "./wait-lines.ts";

interface Terminal {
  readonly stdin: Readable;
  readonly stderr: NodeJS.WriteStream;
  readonly say: (line: Line) => void;
}

/** Asks on the terminal for what a run waits for, one thing at a time, until the run has ended. */
export class Asker {
  readonly #run: Started;
  readonly #say: Terminal["say"];
  readonly #lines: Interface;
  #asking = false;
  /** The wait that is asked about, and what ends the question. */
  #current: { readonly path: string; readonly over: AbortController } | undefined;

  constructor(run: Started, { stdin, stderr, say }: Terminal) {
    this.#run = run;
    this.#say = say;
    // Not as a terminal of its own: Ctrl-C stays a signal, which the command deals with.
    this.#lines = createInterface({ input: stdin, output: stderr, terminal: false });
    this.#lines.once("close", () => run.cancel(new Error("standard input has ended, and with it the answers")));
  }

  /** Something has happened: a wait may have begun, or be over without an answer. */
  look(): void {
    const current = this.#current;
    if (current !== undefined && !this.#run.waits.some(({ path }) => path === current.path)) current.over.abort();
    if (!this.#asking && this.#run.waits.length > 0) void this.#askAll();
  }

  close(): void {
    this.#lines.removeAllListeners("close");
    this.#current?.over.abort();
    this.#lines.close();
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    try {
      for (let [wait] = this.#run.waits; wait !== undefined; [wait] = this.#run.waits) await this.#ask(wait);
    } finally {
      this.#asking = false;
    }
  }

  async #ask(wait: OpenWait): Promise<void> {
    const over = new AbortController();
    this.#current = { path: wait.path, over };
    this.#say([]);
    for (const line of waitLines(wait)) this.#say(line);
    try {
      while (!over.signal.aborted) {
        const typed = await this.#lines.question("answer> ", { signal: over.signal });
        if (typed.trim() !== "" && (await this.#answer(wait, typed))) return;
      }
    } catch {
      // The question is over: the wait has ended without an answer, or the run has.
      this.#say([]);
    } finally {
      this.#current = undefined;
    }
  }

  /** True where nothing is left to ask: the answer was taken, or nobody waits for it any more. */
  async #answer({ step, path }: OpenWait, typed: string): Promise<boolean> {
    let complaint: string | undefined;
    for (const answer of answersIn(typed)) {
      const taken = await this.#run.answer(step, answer, { path });
      if (taken.isOk()) return true;
      complaint ??= taken.error.message;
      if (taken.error.reason !== "invalid") break;
    }
    this.#say([piece("bad", "✗ "), piece("plain", complaint ?? "")]);
    return !this.#run.waits.some((open) => open.path === path);
  }
}

import { createInterface, type Interface } from "node:readline/promises";
import type { Readable } from "node:stream";
import type { OpenWait } from "../../types/failure.ts";
import type { Started } from "../project/runnable.ts";
import type { Screen } from "../screen/screen.ts";
import { waitLines } from "../screen/wait-lines.ts";
import { piece } from "../text/line.ts";
import { printableLines } from "../text/printable.ts";
import { giveAnswer } from "./answers.ts";

/** A question is asked once nothing more has been told for so many ms: what a run does first comes before it. */
const lull = 20;

interface Terminal {
  readonly stdin: Readable;
  readonly screen: Pick<Screen, "say" | "prompt">;
  /** Called when standard input has ended, and with it the answers. */
  readonly onEnd: () => void;
}

/** Asks on the terminal for what a run waits for, one thing at a time, until the run has ended. */
export class Asker {
  readonly #run: Started;
  readonly #screen: Terminal["screen"];
  readonly #lines: Interface;
  #asking = false;
  #ended = false;
  #lull: NodeJS.Timeout | undefined;
  /** The wait that is asked about, and what ends the question. */
  #current: { readonly path: string; readonly over: AbortController } | undefined;

  constructor(run: Started, { stdin, screen, onEnd }: Terminal) {
    this.#run = run;
    this.#screen = screen;
    // Not as a terminal of its own: Ctrl-C stays a signal, which the command deals with.
    this.#lines = createInterface({ input: stdin, terminal: false });
    this.#lines.once("close", () => {
      this.#end();
      onEnd();
    });
  }

  /** Something has happened: a wait may have begun, or be over without an answer. */
  look(): void {
    clearTimeout(this.#lull);
    if (!this.#ended) this.#lull = setTimeout(() => this.#look(), lull);
  }

  close(): void {
    this.#lines.removeAllListeners("close");
    this.#end();
    this.#lines.close();
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#lull);
    this.#current?.over.abort();
  }

  #look(): void {
    const current = this.#current;
    if (current !== undefined && !this.#run.waits.some(({ path }) => path === current.path)) current.over.abort();
    if (!this.#asking && this.#run.waits.length > 0) void this.#askAll();
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    try {
      for (let [wait] = this.#run.waits; wait !== undefined && !this.#ended; [wait] = this.#run.waits) await this.#ask(wait);
    } finally {
      this.#asking = false;
    }
  }

  async #ask(wait: OpenWait): Promise<void> {
    const over = new AbortController();
    this.#current = { path: wait.path, over };
    this.#screen.say([]);
    for (const line of waitLines(wait)) this.#screen.say(line);
    try {
      while (!over.signal.aborted) {
        this.#screen.prompt("answer> ");
        const typed = await this.#lines.question("", { signal: over.signal });
        this.#screen.prompt(undefined);
        if (typed.trim() !== "" && (await this.#answer(wait, typed))) return;
      }
    } catch {
      // The question is over: the wait has ended without an answer, or the run has.
      this.#screen.prompt(undefined);
      this.#screen.say([]);
    } finally {
      this.#current = undefined;
    }
  }

  /** True where nothing is left to ask: the answer was taken, or nobody waits for it any more. */
  async #answer({ step, path }: OpenWait, typed: string): Promise<boolean> {
    const refused = await giveAnswer(typed, (answer) => this.#run.answer(step, answer, { path }));
    if (refused === undefined) return true;
    const [first = "", ...rest] = printableLines(refused.message);
    this.#screen.say([piece("bad", "✗ "), piece("plain", first)]);
    for (const line of rest) this.#screen.say([piece("plain", `  ${line}`)]);
    return !this.#run.waits.some((open) => open.path === path);
  }
}

import { err, ok, type Result } from "neverthrow";
import type { Answer } from "../../answers/answer.ts";
import { decode } from "../../journal/codec.ts";
import type { JournalFailed } from "../../journal/failure.ts";
import type { Journal, Message, StoredRun } from "../../journal/journal.ts";
import { type Entry, read } from "../records/record.ts";
import type { Said } from "./inbox.ts";

/** A wait as a journal knows it. */
interface RecordedWait {
  readonly step: string;
  readonly path: string;
  /** It is not a step's, but a tool's that needs approval. */
  readonly tool: boolean;
}

const page = 10_000;
/** Tells records by their type, unread. Values are on a line of their own, behind it. */
const telling = /^.*"type":"(?:waiting|waited|answered)"/;

/** The waits of a run, from its records and from what has been said to it since. */
export class RecordedWaits {
  readonly #open = new Map<string, RecordedWait>();
  readonly #closed = new Map<string, "answered" | "over">();
  readonly #answered = new Set<string>();
  readonly #missed = new Set<string>();

  static async of(
    journal: Journal,
    { id, records, seen }: StoredRun,
    messages: readonly Message[],
  ): Promise<Result<RecordedWaits, JournalFailed>> {
    const waits = new RecordedWaits();
    for (let from = 1; from <= records; ) {
      const texts = await journal.read(id, { from, limit: page });
      if (texts.isErr()) return err(texts.error);
      from += texts.value.length;
      if (texts.value.length === 0) break;
      for (const text of texts.value) {
        if (!telling.test(text)) continue;
        const entry = read(text);
        if (entry.isErr()) return err(entry.error);
        waits.#take(entry.value);
      }
    }
    for (const { number, body } of messages) {
      const said = decode(body).unwrapOr({}) as Partial<Said>;
      if ("over" in said) waits.#close(waits.#open.get(String(said.over)), "over");
      else if (number > seen && "step" in said) waits.#answer(said as Answer);
    }
    return ok(waits);
  }

  /** Those that nobody has answered, the one that began first first. */
  get open(): readonly RecordedWait[] {
    return [...this.#open.values()];
  }

  /** The wait that an answer is for; the one that began first, where no path says which. */
  find(step: string, path: string | undefined): RecordedWait | undefined {
    if (path === undefined) return [...this.#open.values()].find((wait) => wait.step === step);
    const wait = this.#open.get(path);
    return wait?.step === step ? wait : undefined;
  }

  /** What became of a wait that is not open; undefined for a step that has not come to it. */
  closed(step: string, path: string | undefined): "answered" | "over" | "no_such_wait" | undefined {
    if (path !== undefined) return this.#closed.get(path) ?? "no_such_wait";
    if (this.#answered.has(step)) return "answered";
    return this.#missed.has(step) ? "over" : undefined;
  }

  #take(entry: Entry): void {
    if (entry.type === "waiting") this.#open.set(entry.path, { step: entry.step, path: entry.path, tool: entry.tool === true });
    else if (entry.type === "answered") this.#answer({ step: entry.step, path: entry.path as string | undefined });
    else if (entry.type === "waited") this.#close(this.#open.get(entry.path), "over");
  }

  #answer({ step, path }: Omit<Answer, "value">): void {
    const wait = this.find(step, path);
    if (wait === undefined && path === undefined) this.#answered.add(step);
    this.#close(wait, "answered");
  }

  #close(wait: RecordedWait | undefined, how: "answered" | "over"): void {
    if (wait === undefined) return;
    this.#open.delete(wait.path);
    this.#closed.set(wait.path, how);
    if (!wait.tool) (how === "answered" ? this.#answered : this.#missed).add(wait.step);
  }
}

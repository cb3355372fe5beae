import { readFileSync, writeFileSync } from "node:fs";
import { read } from "../../src/durable/records/record.ts";
import type { Journal, OwnedRun } from "../../src/journal/journal.ts";

/** What a process leaves when it is killed: the journal's files as they are at that moment, and what its steps have done. */
export interface Remains {
  readonly moment: string;
  readonly files: readonly (readonly [ending: string, content: Buffer])[];
  /** What the steps had said. */
  readonly said: readonly string[];
  /** Paths of the steps whose value was acknowledged as stored. */
  readonly stored: ReadonlySet<string>;
}

const endings = ["", "-wal"];

/** `target` with one method replaced. */
export const instead = <T extends object>(target: T, replaced: keyof T, method: unknown): T =>
  new Proxy(target, {
    get(_, name) {
      if (name === replaced) return method;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

/** The journal, with somebody who is asked before each append and told after it. */
export function watched(
  journal: Journal,
  watcher: { readonly before?: (texts: readonly string[]) => void; readonly after?: (texts: readonly string[], stored: boolean) => void },
): Journal {
  return instead(journal, "claim", async (...args: Parameters<Journal["claim"]>) =>
    (await journal.claim(...args)).map((owned) =>
      instead(owned, "append", async (...given: Parameters<OwnedRun["append"]>) => {
        watcher.before?.(given[0]);
        const result = await owned.append(...given);
        watcher.after?.(given[0], result.isOk());
        return result;
      }),
    ),
  );
}

/** The path and the part of a step that a record says the end of; undefined for other records. A value that came late is none. */
export function settledBy(
  text: string,
): { readonly path: string; readonly role: string; readonly attempt: number; readonly how: string } | undefined {
  const entry = read(text)._unsafeUnwrap();
  if (entry.type !== "settled") return undefined;
  const [path = "", role = "", attempt] = entry.key.split("|");
  return { path, role, attempt: Number(attempt), how: entry.late === true ? "late" : entry.how };
}

/** All ends of steps in a run's records. One that came when its time limit, or the grace of a group around it, was over is late. */
export function endsIn(texts: readonly string[]): readonly { readonly path: string; readonly how: string }[] {
  const fired = new Set<string>();
  const over: string[] = [];
  return texts.flatMap((text) => {
    const entry = read(text)._unsafeUnwrap();
    if (entry.type === "fired") fired.add(entry.timer);
    if (entry.type === "fired" && entry.timer.includes("|abort|")) over.push(entry.timer.slice(0, entry.timer.indexOf("|abort|")));
    const settled = settledBy(text);
    if (settled === undefined) return [];
    const { path, attempt, how } = settled;
    const late = fired.has(`${path}|attempt|${attempt}`) || over.some((group) => path.startsWith(`${group}/`));
    return [{ path, how: late ? "late" : how }];
  });
}

/** Takes what a kill would leave, at every write (before it and after it) and whenever it is asked to. */
export class Undertaker {
  readonly remains: Remains[] = [];
  readonly #file: string;
  readonly #said: readonly string[];
  readonly #stored = new Set<string>();
  #writes = 0;

  constructor(file: string, said: readonly string[]) {
    this.#file = file;
    this.#said = said;
  }

  journal(journal: Journal): Journal {
    return watched(journal, {
      before: () => this.take(`before write ${++this.#writes}`),
      after: (texts, stored) => {
        for (const text of stored ? texts : []) {
          const settled = settledBy(text);
          if (settled?.how === "value" && settled.role === "") this.#stored.add(settled.path);
        }
        this.take(`after a write, of ${this.#writes}`);
      },
    });
  }

  take(moment: string): void {
    this.remains.push({
      moment,
      files: endings.map((ending) => [ending, readFileSync(`${this.#file}${ending}`)]),
      said: [...this.#said],
      stored: new Set(this.#stored),
    });
  }
}

/** Puts what was left where another process would find it. */
export function layOut(file: string, { files }: Pick<Remains, "files">): void {
  for (const [ending, content] of files) writeFileSync(`${file}${ending}`, content);
}

/** So often in a row it is no accident. */
const deadly = 3;

/**
 * How often attempts were begun by owners that were lost. A step is told of those too: the number of its attempt is higher
 * than that of any that was begun before, whoever began it.
 */
export class Attempts {
  /** By the keys of calls: how often each was begun before. */
  readonly #begun = new Map<string, number>();
  /** By step: how many of its attempts were lost. Those that a kill has hit, and no others. */
  readonly #lost = new Map<string, number>();

  begun(key: string): void {
    this.#endBefore(key);
    this.#begun.set(key, (this.#begun.get(key) ?? 0) + 1);
  }

  has(key: string): boolean {
    return this.#begun.has(key);
  }

  /** Whether owner after owner was lost over it: it may be what ends them. */
  isDeadly(key: string): boolean {
    return (this.#begun.get(key) ?? 0) >= deadly;
  }

  /** It has ended in the hands of the last one who began it: the others were lost. */
  ended(key: string): void {
    this.#lose(key, (this.#begun.get(key) ?? 0) - 1);
  }

  /** It begins here: by how much its number is higher than it would have been without losses. */
  begins(key: string): number {
    this.#endBefore(key);
    this.#lose(key, this.#begun.get(key) ?? 0);
    const { step, rest } = partsOf(key);
    return this.#lost.get(`${step}${rest}`) ?? 0;
  }

  /** An attempt that ran out of time may have left no record of its end: the next one says that it is over. */
  #endBefore(key: string): void {
    const { step, attempt, rest } = partsOf(key);
    if (attempt > 1) this.ended(`${step}${attempt - 1}${rest}`);
  }

  #lose(key: string, times: number): void {
    this.#begun.delete(key);
    if (times <= 0) return;
    const { step, rest } = partsOf(key);
    this.#lost.set(`${step}${rest}`, (this.#lost.get(`${step}${rest}`) ?? 0) + times);
  }
}

/** `charge||2` is the second attempt at `charge||`; the rest tells apart what shares a path. */
function partsOf(key: string): { readonly step: string; readonly attempt: number; readonly rest: string } {
  const [, step = "", attempt = "1", rest = ""] = /^(.*\|)(\d+)(\+*)$/s.exec(key) ?? [];
  return { step, attempt: Number(attempt), rest };
}

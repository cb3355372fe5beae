import type { Call } from "../../execute/port/call.ts";
import { Context } from "../../execute/port/context.ts";
import { pathOf } from "../../execute/trace/place.ts";
import type { Op } from "../../execute/values/op.ts";

/** A call that may begin; `order`: among all that the run asks for. */
export interface Ready {
  readonly key: string;
  readonly call: Call;
  readonly order: number;
}

/** The calls that the scheduler has asked for and has had no outcome of, by their keys. */
export class OpenCalls {
  readonly #asked = new Map<string, Ready>();
  /** Those of them that were begun here. */
  readonly #begun = new Set<string>();

  /** Gives the call's key: the same for the same call in every replay, and different for any two that are under way at once. */
  add(call: Call, order: number): string {
    let key = keyOf(call);
    // Parts of one step may have no path of their own, and be under way side by side.
    while (this.#asked.get(key)?.call.abandoned === false) key += "+";
    this.#asked.set(key, { key, call, order });
    // One that was abandoned may have left its key.
    this.#begun.delete(key);
    return key;
  }

  get(key: string): Call | undefined {
    return this.#asked.get(key)?.call;
  }

  begin(key: string): void {
    this.#begun.add(key);
  }

  end(key: string): void {
    this.#asked.delete(key);
    this.#begun.delete(key);
  }

  /** Those that may begin. */
  get ready(): readonly Ready[] {
    return [...this.#asked.values()].filter(({ key, call }) => !call.abandoned && !this.#begun.has(key));
  }

  /** Whether one that was begun here can still reach the run. */
  get busy(): boolean {
    return [...this.#begun].some((key) => this.#asked.get(key)?.call.abandoned === false);
  }

  /** One that outlived its grace is nobody's any more. */
  forgetAbandoned(): void {
    for (const [key, { call }] of this.#asked) if (call.abandoned) this.#asked.delete(key);
  }
}

/** `charge||2` is the second attempt at `charge||`. */
function keyOf({ op, context }: Call): string {
  const { id, role } = op as Op;
  if (context === undefined) throw new Error(`Expected a call of step ${id} to have a context`);
  return `${pathOf(Context.fiberOf(context).place, op as Op)}|${role}|${context.attempt}`;
}

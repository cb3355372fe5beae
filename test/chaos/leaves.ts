import { setTimeout as delay } from "node:timers/promises";
import { err } from "neverthrow";

/** What a step of these plans looks at. */
export interface Called {
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly state: { readonly hits: number };
  set(patch: { readonly hits: number }): void;
}

/** The ledger outside of the library: what was begun, and what was done. */
export interface Ledger {
  note(what: "begin" | "did", key: string, attempt: number): void;
  /** How often this was done so far, in whatever life. */
  times(key: string): number;
}

export interface Behaviour {
  readonly ms?: number;
  /** So many first attempts come to nothing, in this way. */
  readonly fails?: { readonly times: number; readonly by: "error" | "throw" | "hanging" };
  readonly counts?: boolean;
}

/**
 * A step that gives its own name. What it does depends on nothing that a kill can change, but for the number of its attempt,
 * which can only be higher than without: so that every way through its deaths comes to the same.
 */
export function leaf(ledger: Ledger, name: string, { ms = 0, fails, counts = false }: Behaviour) {
  return async (context: Called): Promise<unknown> => {
    const { idempotencyKey, attempt, signal } = context;
    ledger.note("begin", idempotencyKey, attempt);
    if (ms > 0) await delay(ms);
    ledger.note("did", idempotencyKey, attempt);
    if (fails !== undefined && attempt <= fails.times) {
      if (fails.by === "throw") throw new RangeError(`${name} threw`);
      if (fails.by === "error") return err({ type: "chaos", name });
      await delay(60_000, undefined, { signal });
    }
    if (counts) context.set({ hits: context.state.hits + 1 });
    return name;
  };
}

/** Goes on until it is told to stop. */
export function hanging(ledger: Ledger, begun: () => void = () => {}) {
  return async ({ idempotencyKey, attempt, signal }: Called): Promise<never> => {
    ledger.note("begin", idempotencyKey, attempt);
    begun();
    await delay(60_000, undefined, { signal });
    throw new Error("Expected a step that hangs to be told to stop within a minute");
  };
}

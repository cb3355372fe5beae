import type { StandIn } from "../../journal/codec/encode.ts";
import { valueIn } from "./record.ts";
import { causeOf, type Kept, revive } from "./thrown.ts";

/**
 * What steps threw in this process: failures carry it by identity, as in a run without a journal. Where a step hands it on
 * (what a `settle` came to, the failure that a handler is given), it is written as the record of its throwing has it, which
 * is what that step would be handed in a resume. Otherwise an error of a class of the user's would be `not_serializable`
 * here, and data there.
 */
export class ThrownHere {
  /** By what was thrown: a copy, read from the record when it is asked for. */
  readonly #copies = new WeakMap<object, () => { readonly value: unknown }>();
  /** Undefined until something was thrown: outputs are searched for it from then on only. */
  standIn: StandIn | undefined;

  /** `text`: the record of its throwing. */
  recorded(thrown: unknown, text: string): void {
    const cause = causeOf(thrown);
    if (!isNoData(cause)) return;
    let copy: { readonly value: unknown } | undefined;
    this.#copies.set(cause, () => {
      copy ??= { value: causeOf(revive(valueIn(text)._unsafeUnwrap() as Kept | string)) };
      return copy;
    });
    this.standIn ??= (met) => this.#copies.get(met)?.();
  }
}

/** Plain data may be thrown too, but is written as it is when it is handed on: it may have changed since. */
function isNoData(cause: unknown): cause is object {
  if (typeof cause === "function") return true;
  if (typeof cause !== "object" || cause === null) return false;
  try {
    // This throws too, of a proxy that was revoked.
    if (Array.isArray(cause)) return false;
    const prototype: unknown = Object.getPrototypeOf(cause);
    return prototype !== Object.prototype && prototype !== null;
  } catch {
    return true;
  }
}

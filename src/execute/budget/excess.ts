import { money } from "../trace/usage.ts";
import type { Amount } from "./budget.ts";

/** What a model's replies have taken beyond their reservations, at most: by itself, and as a part of the reservation. */
interface Most {
  readonly tokens: number;
  readonly tokensPart: number;
  readonly cost: number;
  readonly costPart: number;
}

const none: Most = /* @__PURE__ */ Object.freeze({ tokens: 0, tokensPart: 0, cost: 0, costPart: 0 });

/**
 * What to expect of calls under way, from what replies of the same model have taken so far. Both as an amount and as a
 * part, whichever is more: reasoning that a limit does not count comes to some amount, and a text of which four bytes are
 * more than a token exceeds the more the longer it is.
 */
export class Excess {
  readonly #models = new Map<string, Most>();

  /** True where a reply has taken more beyond its reservation than any before. */
  learn(model: string, needs: Amount, took: Amount): boolean {
    const known = this.#models.get(model) ?? none;
    const tokens = took.tokens - needs.tokens;
    const cost = money(took.cost - needs.cost);
    const most: Most = {
      tokens: Math.max(known.tokens, tokens),
      tokensPart: Math.max(known.tokensPart, part(tokens, needs.tokens)),
      cost: Math.max(known.cost, cost),
      costPart: Math.max(known.costPart, part(cost, needs.cost)),
    };
    if (Object.entries(most).every(([of, amount]) => amount === known[of as keyof Most])) return false;
    this.#models.set(model, most);
    return true;
  }

  /** A reservation, with what the reply may take beyond it. */
  padded(model: string, needs: Amount): Amount {
    const most = this.#models.get(model);
    if (most === undefined) return needs;
    const { tokens, cost, modelCalls } = needs;
    return {
      tokens: tokens + Math.max(most.tokens, Math.ceil(tokens * most.tokensPart)),
      cost: money(cost + Math.max(most.cost, cost * most.costPart)),
      modelCalls,
    };
  }
}

/** Of nothing, no part: what is free may cost all the same, which the amount tells. */
function part(excess: number, reserved: number): number {
  return excess > 0 && reserved > 0 ? excess / reserved : 0;
}

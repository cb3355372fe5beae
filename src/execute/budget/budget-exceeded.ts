import { BuildError, Shown } from "../../plan/build-error.ts";
import { show } from "../../plan/show.ts";
import type { AnyFailure } from "../../types/failure.ts";
import type { Fiber } from "../schedule/fiber.ts";
import { pathOf } from "../trace/place.ts";
import type { Op } from "../values/op.ts";
import type { Overrun } from "./budget.ts";

/** The failure of a call that was never made. */
export function budgetExceeded({ attempt, place, retried }: Fiber, op: Op, overrun: Overrun): AnyFailure {
  const path = pathOf(place, op);
  const model = show(op.spends?.model);
  const { limit, allowed, spent, reservation } = overrun;
  // What nobody knows the price of costs without limit.
  const unpriced =
    reservation === Number.POSITIVE_INFINITY
      ? new BuildError(`the run option "prices" to say what model ${model} costs, which ${show(path)} calls`, new Shown("no price"), {
          advice: "a budget of cost lets through only what it can count",
        })
      : undefined;
  const before = retried?.at(-1)?.failure;
  return {
    type: "budget_exceeded",
    message:
      unpriced?.message ??
      `Expected the call of model ${model} at ${show(path)} to fit into the run's budget.${limit} of ${allowed}, got a reservation of ${reservation} where ${spent} is spent: raise the budget${limit === "modelCalls" ? "" : ', or lower "maxOutputTokens"'}`,
    step: op.id,
    path,
    attempts: attempt - 1,
    suppressed: Object.freeze(before === undefined ? [] : [before]),
    cause: unpriced,
    ...overrun,
  };
}

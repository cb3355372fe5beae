import { type Err, err } from "neverthrow";
import { show } from "../plan/show.ts";
import type { Rejection } from "../types/guard.ts";

/**
 * Does not let a value pass: for an agent's `before` and `after`, and for any step that guards what follows. The step
 * fails as `step_failed`, and `failure.cause` is the rejection, with its reason typed.
 *
 * @example
 * const writer = agent({
 *   model: "gpt-4o",
 *   before: (prompt) => (/\d{16}/.test(String(prompt)) ? reject("card number") : prompt),
 * });
 */
export function reject<const Reason>(reason: Reason): Err<never, Rejection<Reason>> {
  const message = `Rejected: ${typeof reason === "string" ? reason : show(reason)}`;
  return err(Object.freeze({ type: "rejected" as const, reason, message }));
}

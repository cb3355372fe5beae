import { CALL, Op } from "../execute/op.ts";
import { isResult } from "../execute/result.ts";
import type { Host } from "../execute/routine.ts";
import type { GuardContext } from "../types/guard.ts";

/** A guardrail as the agent calls it: what it gives is a value, a `Result` or a promise of either. */
export type Guard = (value: unknown, context: GuardContext) => unknown;

/** Lets a hook look at a value before the agent goes on with it: a leaf of the step's own, with its record. */
export function guardLeaf(
  host: Host,
  name: "before" | "after",
  guard: Guard,
  value: unknown,
  check: (passed: unknown) => unknown = (passed) => passed,
): Op {
  const leaf = new Op(CALL, "guard", host.id, name, { timeout: host.limits.timeout, retry: undefined });
  leaf.role = `"${name}"`;
  leaf.run = async ({ signal, state, idempotencyKey, runId, path }) => {
    const given = await guard(value, { signal, state, idempotencyKey, runId, path });
    if (!isResult(given)) return check(given);
    // A rejection is the step's outcome, typed as steps' errors are.
    return given.isErr() ? given : check(given.value);
  };
  return leaf;
}

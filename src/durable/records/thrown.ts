import { Blame, Fault } from "../../execute/outcome/failure.ts";

/** What was thrown, as a record keeps it: the executor's own ways of failing have to be told apart in a replay too. */
export type Kept =
  | { readonly fault: Pick<Fault, "type" | "message" | "issues" | "cause"> }
  | { readonly blame: { readonly role: string; readonly cause: Kept } }
  | { readonly thrown: unknown };

export function keep(thrown: unknown): Kept {
  if (thrown instanceof Fault) {
    const { type, message, issues, cause } = thrown;
    return { fault: { type, message, issues, cause } };
  }
  if (thrown instanceof Blame) return { blame: { role: thrown.role, cause: keep(thrown.cause) } };
  return { thrown };
}

export function revive(kept: Kept | string): unknown {
  // What throws when it is read is kept as a text that says what it was.
  if (typeof kept === "string") return kept;
  if ("fault" in kept) return new Fault(kept.fault.type, kept.fault.message, kept.fault.issues, kept.fault.cause);
  if ("blame" in kept) return new Blame(kept.blame.role, revive(kept.blame.cause));
  return kept.thrown;
}

/** What a failure has as its cause, where this was thrown. */
export function causeOf(thrown: unknown): unknown {
  if (thrown instanceof Fault) return thrown.cause;
  return thrown instanceof Blame ? causeOf(thrown.cause) : thrown;
}

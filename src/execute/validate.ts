import { messageOf } from "../plan/show.ts";
import type { Issue, Schema } from "../types/schema.ts";
import { Fault } from "./failure.ts";
import { isThenable, whenSettled } from "./result.ts";

/** The value as the schema hands it back, at once or later; throws a `Fault` where the schema says no. */
export function validate(schema: Schema, value: unknown, type: Fault["type"]): unknown {
  const refuse = (thrown: unknown): never => {
    throw broken(type, thrown);
  };
  let result: unknown;
  try {
    result = schema["~standard"].validate(value);
    if (isThenable(result)) return whenSettled(result, (settled) => settle(settled, type), refuse);
  } catch (thrown) {
    refuse(thrown);
  }
  return settle(result, type);
}

/** A schema is foreign code: what it hands back need not be what it should. */
function settle(result: unknown, type: Fault["type"]): unknown {
  let value: unknown;
  let issues: readonly Issue[] | undefined;
  let told = "";
  try {
    ({ value, issues } = result as { readonly value: unknown; readonly issues?: readonly Issue[] });
    if (issues !== undefined) told = list(issues);
  } catch (thrown) {
    throw broken(type, thrown);
  }
  if (issues === undefined) return value;
  throw new Fault(type, `Expected ${words[type]} to fit its schema: ${told}`, issues);
}

function broken(type: Fault["type"], thrown: unknown): Fault {
  return new Fault(type, `The schema of ${words[type]} threw: ${messageOf(thrown)}`, [{ message: messageOf(thrown) }], thrown);
}

const words = { invalid_input: "the input", invalid_output: "the output" } as const;
const most = 3;

function list(issues: readonly Issue[]): string {
  const shown = issues.slice(0, most).map(({ message, path }) => {
    const at = (path ?? []).map((key) => String(typeof key === "object" ? key.key : key)).join(".");
    return at === "" ? message : `${message} at ${at}`;
  });
  return shown.join("; ") + (issues.length > most ? `; and ${issues.length - most} more` : "");
}

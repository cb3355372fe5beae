import { messageOf } from "../plan/show.ts";
import type { Issue, Schema } from "../types/schema.ts";
import { Fault } from "./failure.ts";

/** The value as the schema hands it back, at once or later; throws a `Fault` where the schema says no. */
export function validate(schema: Schema, value: unknown, type: Fault["type"]): unknown {
  let result: ReturnType<Schema["~standard"]["validate"]>;
  try {
    result = schema["~standard"].validate(value);
  } catch (thrown) {
    throw broken(type, thrown);
  }
  if (!(result instanceof Promise)) return settle(result, type);
  return result.then(
    (settled) => settle(settled, type),
    (thrown: unknown) => {
      throw broken(type, thrown);
    },
  );
}

function settle(result: { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly Issue[] }, type: Fault["type"]): unknown {
  if (result.issues === undefined) return result.value;
  throw new Fault(type, `Expected ${words[type]} to fit its schema: ${list(result.issues)}`, result.issues);
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

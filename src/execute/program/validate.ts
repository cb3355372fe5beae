import { issueText } from "../../plan/issue-text.ts";
import { messageOf } from "../../plan/show.ts";
import type { Issue, Schema } from "../../types/schema.ts";
import { Fault } from "../outcome/failure.ts";
import { isThenable, whenSettled } from "../outcome/result.ts";

/** What a schema says of a value. `thrown` is there where the validator itself failed, which is an issue, too. */
export type Checked =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly Issue[]; readonly thrown?: unknown; readonly value?: undefined };

/** Puts a value through a Standard Schema, at once or later. A schema is foreign code: nothing that it does is thrown on. */
export function check(schema: Schema, value: unknown): Checked | Promise<Checked> {
  try {
    const result: unknown = schema["~standard"].validate(value);
    return isThenable(result) ? whenSettled(result, read, broken) : read(result);
  } catch (thrown) {
    return broken(thrown);
  }
}

/** The value as the schema hands it back, at once or later; throws a `Fault` where the schema says no. */
export function validate(schema: Schema, value: unknown, type: Fault["type"]): unknown {
  const checked = check(schema, value);
  return isThenable(checked) ? whenSettled(checked, (settled) => passed(settled as Checked, type)) : passed(checked, type);
}

function passed(checked: Checked, type: Fault["type"]): unknown {
  if (checked.issues === undefined) return checked.value;
  const { issues, thrown } = checked;
  throw new Fault(type, `Expected ${words[type]} to fit its schema: ${issueText(issues, "; ", 3)}`, issues, thrown);
}

const words = { invalid_input: "the input", invalid_output: "the output", not_serializable: "the value" } as const;

/** What a validator hands back need not be what it should: an object of any kind, since arktype's failure is a list that has `issues`. */
function read(result: unknown): Checked {
  try {
    const { value, issues } = result as { readonly value?: unknown; readonly issues?: unknown };
    if (issues === undefined) return { value };
    if (Array.isArray(issues) && issues.length > 0) return { issues };
  } catch (thrown) {
    return broken(thrown);
  }
  return { issues: [{ message: "Expected the validator to give a value or issues, got neither" }] };
}

function broken(thrown: unknown): Checked {
  return { issues: [{ message: `Expected the validator to answer, got an error: ${messageOf(thrown)}` }], thrown };
}

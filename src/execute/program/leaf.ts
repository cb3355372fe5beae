import type { CallNode, Definition, UserFunction } from "../../plan/node.ts";
import { checkState } from "../../plan/state.ts";
import type { Schema } from "../../types/schema.ts";
import { Blame } from "../outcome/failure.ts";
import { isResult, isThenable, whenSettled } from "../outcome/result.ts";
import { type Context, toolsOf } from "../port/context.ts";
import type { Op } from "../values/op.ts";
import { validate } from "./validate.ts";

type Leaf = Op["run"];

/** What a step's one call does: user code, with the input built before it and the output checked after it where asked. */
export function leafOf({ exec, input, output }: CallNode): Leaf {
  if (exec.kind === "function") return checked(exec.run as Leaf, output);
  if (exec.kind !== "step") throw new TypeError(`Expected a function or a step value, got ${exec.kind}`);
  const run = exec.run as (given: unknown, tools: object) => unknown;
  if (input === undefined) return checked((context) => run(context.last, toolsOf(context)), output);
  const build = blaming('the "input"', input as Leaf);
  return checked((context) => after(build(context), (given) => run(given, toolsOf(context))), output);
}

/** What a sub-workflow's own state starts with: the keys that its user replaces, over what it declares itself. */
export function subState(state: object | UserFunction, definition: Definition): Leaf {
  const initial = definition.state?.initial;
  if (typeof state !== "function") return () => ({ ...initial, ...state });
  const build = state as Leaf;
  return (context) => after(build(context), (given) => ({ ...initial, ...checkState(given, definition) }));
}

/** The keys that a selector gave. Copied where it is called, since an array may throw when it is read. */
export function selection(select: UserFunction): Leaf {
  return (context) =>
    after((select as Leaf)(context), (keys) =>
      Array.isArray(keys) ? Array.from({ length: keys.length }, (_, index) => keys[index]) : keys,
    );
}

/** Ms to sleep, or the wall time to wake at, as a date of our own: a given one may throw when it is read. */
export function wake(duration: UserFunction): Leaf {
  return (context) => after((duration as Leaf)(context), (given) => (given instanceof Date ? new Date(given.getTime()) : given));
}

function blaming(role: string, run: Leaf): Leaf {
  const blame = (thrown: unknown): never => {
    throw new Blame(role, thrown);
  };
  return (context) => {
    try {
      const value = run(context);
      return isThenable(value) ? whenSettled(value, (settled) => settled, blame) : value;
    } catch (thrown) {
      return blame(thrown);
    }
  };
}

function checked(run: Leaf, schema: Schema | undefined): Leaf {
  if (schema === undefined) return run;
  const check = (value: unknown): unknown => {
    if (!isResult(value)) return validate(schema, value, "invalid_output");
    // A returned error is the step's outcome, not its output: there is nothing to check.
    return value.isErr() ? value : validate(schema, value.value, "invalid_output");
  };
  return (context: Context) => after(run(context), check);
}

/** `next` of a value that may be a promise; stays synchronous where it is none. */
function after(value: unknown, next: (value: unknown) => unknown): unknown {
  return isThenable(value) ? whenSettled(value, next) : next(value);
}

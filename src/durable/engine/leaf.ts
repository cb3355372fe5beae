import { isThenable, whenSettled } from "../../execute/outcome/result.ts";
import type { Call } from "../../execute/port/call.ts";
import type { Context } from "../../execute/port/context.ts";
import type { Op } from "../../execute/values/op.ts";
import type { How } from "../records/record.ts";
import { listed } from "./items.ts";

/** Calls a leaf, and tells what it came to. Whatever it throws ends here. */
export function callLeaf(call: Call, settled: (how: How, value: unknown) => void): void {
  const op = call.op as Op;
  const context = call.context as Context;
  const thrown = (reason: unknown) => settled("thrown", reason);
  const returned = (value: unknown) => {
    try {
      call.returned(value);
    } catch (reason) {
      return thrown(reason);
    }
    settled(call.outcome, call.value);
  };
  const list = (value: unknown) => {
    try {
      const items = listed(value, context);
      if (isThenable(items)) void whenSettled(items, returned, thrown);
      else returned(items);
    } catch (reason) {
      thrown(reason);
    }
  };
  const done = op.role === '"items"' ? list : returned;
  try {
    const value = op.run(context);
    if (isThenable(value)) void whenSettled(value, done, thrown);
    else done(value);
  } catch (reason) {
    thrown(reason);
  }
}

import { ok, type Result } from "neverthrow";
import { isEcho } from "../../execute/outcome/failure.ts";
import { isResult } from "../../execute/outcome/result.ts";
import type { Context } from "../../execute/port/context.ts";
import type { ToolCall } from "../../model/model.ts";
import { readJson } from "../json-text.ts";
import { taped } from "../taped.ts";
import { outputText, type Tool, type ToolContext } from "./tool.ts";
import { failed, type ToolTrouble } from "./trouble.ts";

/** Runs a tool with arguments that were checked; the run's tape, if it has one, may answer in its place. */
export function runTool(tool: Tool, call: ToolCall, args: unknown, context: Context): Promise<Result<string, ToolTrouble>> {
  const request = readJson(call.arguments).unwrapOr(call.arguments);
  return taped(context, { kind: "tool", name: call.name, request }, () =>
    guarded(context, async () => {
      const given: unknown = await tool.run(args as never, toolContext(context));
      if (!isResult(given)) return ok(outputText(given));
      return given.isErr() ? failed(given.error) : ok(outputText(given.value));
    }),
  );
}

/** Calls a tool's code: what it throws is told to the model, but for the echo of an abort, which is known by its identity. */
export async function guarded<T>({ signal }: Context, run: () => Promise<Result<T, ToolTrouble>>): Promise<Result<T, ToolTrouble>> {
  try {
    return await run();
  } catch (thrown) {
    if (signal.aborted && isEcho(thrown, signal.reason)) throw thrown;
    return failed(thrown);
  }
}

export function toolContext({ signal, state, idempotencyKey, runId, path }: Context): ToolContext {
  return { signal, state, idempotencyKey, runId, path };
}

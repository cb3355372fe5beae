import { ok, type Result } from "neverthrow";
import { leafArm } from "../execute/arm.ts";
import type { Context } from "../execute/context.ts";
import { isEcho } from "../execute/failure.ts";
import { CALL, Op } from "../execute/op.ts";
import { isResult } from "../execute/result.ts";
import type { Callable } from "./callable.ts";
import { readJson } from "./json-text.ts";
import { taped } from "./taped.ts";
import { checkArguments, outputText, type Tool } from "./tool.ts";
import { failed, refused, type ToolTrouble } from "./tool-trouble.ts";

/** A tool as a model calls it: one leaf for each call. */
export function callableTool(tool: Tool): Callable {
  return {
    spec: tool.spec,
    arm(host, { call, key, segment }) {
      const leaf = new Op(CALL, "tool", host.id, segment, { timeout: tool.timeout, retry: undefined });
      leaf.role = call.name;
      leaf.run = async (context) => {
        const args = await checkArguments(tool, call.arguments);
        if (args.isErr()) return refused(args.error);
        const request = readJson(call.arguments).unwrapOr(call.arguments);
        return taped(context, { kind: "tool", name: call.name, request }, () => runTool(tool, args.value, context));
      };
      return leafArm(key, leaf);
    },
  };
}

async function runTool(
  tool: Tool,
  args: unknown,
  { signal, state, idempotencyKey, runId, path }: Context,
): Promise<Result<string, ToolTrouble>> {
  try {
    const given: unknown = await tool.run(args as never, { signal, state, idempotencyKey, runId, path });
    if (!isResult(given)) return ok(outputText(given));
    return given.isErr() ? failed(given.error) : ok(outputText(given.value));
  } catch (thrown) {
    // What only answers an abort is known by its identity.
    if (signal.aborted && isEcho(thrown, signal.reason)) throw thrown;
    return failed(thrown);
  }
}
